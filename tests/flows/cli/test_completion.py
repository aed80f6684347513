"""Completion, as the real shells ask for it."""

import os
import re
import shutil
import subprocess
import sys

import pytest

BASH = """
eval "$(paperhouse completion bash)"
COMP_WORDS=({words}); COMP_CWORD={number}
_paperhouse_completion paperhouse
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
# Outside of its line editor zsh refuses compadd and _describe: what the script hands to them is printed instead.
ZSH = """
compdef() {{ :; }}
compadd() {{ print -l -- ${{(P)@[-1]}}; }}
_describe() {{ print -l -- ${{(P)3}}; }}
eval "$(paperhouse completion zsh)"
words=({words}); CURRENT={number_from_one}
_paperhouse_completion paperhouse
"""
FISH = """
paperhouse completion fish | source
complete -C "{line}"
"""
ASKED = [
    ("paperhouse st", {"status"}, set()),
    ("paperhouse sql --format ", {"table", "markdown", "csv", "json", "ndjson", "parquet"}, set()),
    ("paperhouse forget --home HOME ", {"DIGEST"}, set()),
    ("paperhouse forget --home /nowhere ", set(), {"DIGEST"}),
]


@pytest.fixture
def complete(tmp_path, bench, seed_home):
    """Candidates that a shell offers at the end of a line."""
    program = tmp_path / "bin" / "paperhouse"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(bench.repository)!r})\n"
        "from paperhouse.flows.cli.main import main\nmain()\n"
    )
    program.chmod(0o755)

    def ask(shell: str, line: str) -> set[str]:
        line = line.replace("HOME", str(seed_home))
        words = line.split() + ([""] if line.endswith(" ") else [])
        quoted = " ".join(f"'{word}'" for word in words)
        script = {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell].format(
            words=quoted, number=len(words) - 1, number_from_one=len(words), line=line
        )
        flags = {"bash": ["--norc", "-c"], "zsh": ["-f", "-c"], "fish": ["--no-config", "-c"]}[shell]
        done = subprocess.run(
            [shell, *flags, script],
            cwd=tmp_path,
            env={"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return {re.split(r"[\t:]", offered)[0] for offered in done.stdout.split("\n")}

    return ask


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_real_shell_offers_commands_options_and_digest_ids(shell, complete, seed_home, bench):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    ids = {row[0] for row in bench.rows(seed_home, "select digest_id from digests")}
    for line, offered, not_offered in ASKED:
        found = complete(shell, line)
        assert (ids if offered == {"DIGEST"} else offered) <= found, line
        assert not found & (ids if not_offered == {"DIGEST"} else not_offered), line
