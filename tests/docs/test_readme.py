"""The README's console blocks are run in order, in a folder that holds the seeds, and must show what comes out.

`python tests/docs/test_readme.py` writes the present output into the README.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]*)\n(?P<shown>.*?)```", re.DOTALL)
_VOLATILE = (
    (re.compile(r"\d+\.\d\d s\b"), "0.00 s"),
    (re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{6}"), "LOAD"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC, [\d.]+ (?:hours|days) ago"), "WHEN"),
    (re.compile(r"[\d,]+ days ago"), "DAYS"),
    (re.compile(r"[\d,]+ announcements of"), "N announcements of"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d  ingest"), "WHEN  ingest"),
    (re.compile(r"disk +.* MB"), "disk SIZES"),
)


_EXPECTED_CODES = {"paperhouse status": 1}
"""The seeds are old, and `status` says so."""


def run_shown(command: str, folder: Path) -> str:
    """Standard output of a README command, run as a user would, with the code of this checkout."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PAPERHOUSE_", "PREFECT_"))
    }
    shell = f'paperhouse() {{ "{sys.executable}" -m paperhouse.flows.cli.main "$@"; }}; {command}'
    done = subprocess.run(
        ["bash", "-c", shell], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == _EXPECTED_CODES.get(command, 0), done.stderr
    return done.stdout


def steady(text: str) -> str:
    """Text without what differs from run to run."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def folder_with_seeds(parent: Path) -> Path:
    """A working folder such as a fresh checkout gives."""
    shutil.copytree(ROOT / "seeds", parent / "seeds")
    return parent


def test_every_console_block_shows_what_the_command_prints(tmp_path):
    folder = folder_with_seeds(tmp_path)
    blocks = list(_CONSOLE.finditer(README.read_text("utf-8")))
    assert len(blocks) >= 12
    for block in blocks:
        assert steady(block["shown"]) == steady(run_shown(block["command"], folder)), block["command"]


def test_every_command_is_documented():
    from paperhouse.flows.cli.main import main

    readme = README.read_text("utf-8")
    missing = [name for name in main.commands if f"`paperhouse {name}" not in readme]
    assert missing == []


def test_every_setting_is_documented():
    from paperhouse.flows.settings import Settings

    shown = README.read_text("utf-8").split("```toml")[1].split("```")[0]
    missing = [name for name in Settings.model_fields if not re.search(rf"^\[*{name}\b", shown, re.MULTILINE)]
    assert missing == []


def test_the_settings_example_is_valid(tmp_path, monkeypatch):
    from paperhouse.flows.settings import load_settings

    example = README.read_text("utf-8").split("```toml")[1].split("```")[0]
    (tmp_path / "paperhouse.toml").write_text(example)
    monkeypatch.setenv("PAPERHOUSE_CONFIG", str(tmp_path / "paperhouse.toml"))
    assert load_settings().folders[0].source == "rag-daily"


def test_ci_runs_the_test_command_that_the_readme_names():
    commands = [
        line for line in README.read_text("utf-8").splitlines() if line.startswith("python -m pip install")
    ]
    assert len(commands) == 2
    assert commands[1].endswith("&& pytest")


def write_present_output() -> None:
    """Put what the commands print now into the README."""
    with tempfile.TemporaryDirectory() as parent:
        folder = folder_with_seeds(Path(parent))
        text = _CONSOLE.sub(
            lambda block: f"```console\n$ {block['command']}\n{run_shown(block['command'], folder)}```",
            README.read_text("utf-8"),
        )
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    write_present_output()
