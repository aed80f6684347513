"""The console and Python blocks of every page are run in order, in a folder that holds the seeds, and must show what
comes out. A page with the mark `<!-- loaded: seeds -->` begins with the seeds loaded.

`python tests/docs/test_pages.py` writes the present output into the pages.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "support"))  # where this file is run as a script
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
LOADED = "<!-- loaded: seeds -->"
_CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]*)\n(?P<shown>.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
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
    """Standard output of a command of a page, run as a user would."""
    from commands import run_command

    words = [] if set("|<>&;$`*~#") & set(command) else shlex.split(command)
    is_plain = words[:1] == ["paperhouse"]
    done = run_command(words[1:], folder) if is_plain else _run_in_shell(command, folder)
    assert done.returncode == _EXPECTED_CODES.get(command, 0), (command, done.stdout, done.stderr)
    return done.stdout


def _run_in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    from commands import environment

    shell = f'paperhouse() {{ "{sys.executable}" -m paperhouse.flows.cli.main "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", shell], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )


def steady(text: str) -> str:
    """Text without what differs from run to run."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def folder_for(page: Path, parent: Path) -> Path:
    """A working folder such as a fresh checkout gives, with the seeds loaded where the page takes that for granted."""
    shutil.copytree(ROOT / "seeds", parent / "seeds")
    if LOADED in page.read_text("utf-8"):
        shutil.copytree(Path(_loaded_folder().name, "data"), parent / "data")
    return parent


@cache
def _loaded_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder with the seeds, loaded: once for all pages that begin so."""
    folder = tempfile.TemporaryDirectory()
    shutil.copytree(ROOT / "seeds", Path(folder.name, "seeds"))
    run_shown("paperhouse ingest seeds/digests", Path(folder.name))
    return folder


def having(pattern: re.Pattern[str]) -> list:
    pages = [page for page in PAGES if pattern.search(page.read_text("utf-8"))]
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages]


@pytest.mark.parametrize("page", having(_CONSOLE))
def test_every_console_block_shows_what_the_command_prints(page, tmp_path):
    folder = folder_for(page, tmp_path)
    for block in _CONSOLE.finditer(page.read_text("utf-8")):
        assert steady(block["shown"]) == steady(run_shown(block["command"], folder)), block["command"]


@pytest.mark.parametrize("page", having(_PYTHON))
def test_every_python_block_runs(page, tmp_path):
    from commands import environment

    folder = folder_for(page, tmp_path)
    for block in _PYTHON.findall(page.read_text("utf-8")):
        subprocess.run(
            [sys.executable, "-c", block], cwd=folder, env=environment(), capture_output=True, check=True
        )


def test_the_reference_pages_are_those_that_would_be_generated_now(tmp_path):
    """If this fails: python tests/docs/references.py."""
    from commands import environment

    # A process of its own: what other tests set up in this one must not show in the pages.
    command = [sys.executable, str(ROOT / "tests" / "docs" / "references.py"), str(tmp_path)]
    subprocess.run(command, env=environment(), capture_output=True, check=True)
    for page in sorted(tmp_path.iterdir()):
        assert (ROOT / "docs" / "reference" / page.name).read_text("utf-8") == page.read_text("utf-8"), (
            page.name
        )


def test_the_readme_is_short_and_leads_to_every_page():
    readme = README.read_text("utf-8")
    assert len(readme.splitlines()) <= 150
    pages = [page.relative_to(ROOT) for page in (ROOT / "docs").rglob("*.md") if page.name != "index.md"]
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for page in pages:
        assert page.name in text, f"no page leads to {page}"


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_every_link_to_a_file_leads_somewhere(page):
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", prose):
        assert (page.parent / target).exists(), target


def test_the_settings_examples_are_valid(tmp_path, monkeypatch):
    from paperhouse.flows.settings import load_settings

    monkeypatch.setenv("PAPERHOUSE_CONFIG", str(tmp_path / "paperhouse.toml"))
    n_examples = 0
    for page in PAGES:
        for example in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            (tmp_path / "paperhouse.toml").write_text(example)
            load_settings()
            n_examples += 1
    assert n_examples


def test_ci_runs_the_test_command_that_the_readme_names():
    commands = [
        line for line in README.read_text("utf-8").splitlines() if line.startswith("python -m pip install")
    ]
    assert len(commands) == 2
    assert commands[1].endswith("&& pytest")


def write_present_output() -> None:
    """Put what the commands print now into the pages."""
    for page in (param.values[0] for param in having(_CONSOLE)):
        with tempfile.TemporaryDirectory() as parent:
            folder = folder_for(page, Path(parent))
            text = _CONSOLE.sub(
                lambda block, folder=folder: (
                    f"```console\n$ {block['command']}\n{run_shown(block['command'], folder)}```"
                ),
                page.read_text("utf-8"),
            )
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    write_present_output()
