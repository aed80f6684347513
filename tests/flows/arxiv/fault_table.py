"""`python tests/flows/arxiv/fault_table.py`: each fault of arXiv's services, what the command did, and how it ended."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run the tests of faults and print what they saw as a Markdown table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", str(HERE / "test_command_faults.py")],
            cwd=HERE.parents[2],
            env={**os.environ, "FAULT_TABLE": str(rows)},
            capture_output=True,
            text=True,
            check=False,
        )
        sys.stderr.write(done.stdout[-2000:])
        sys.stdout.write(
            "| command | fault | requests | waited | exit | how it ended |\n|---|---|---:|---:|---:|---|\n"
        )
        for line in rows.read_text("utf-8").splitlines():
            row = json.loads(line)
            said = row["said"].replace("|", "\\|") or "complete"
            sys.stdout.write(
                f"| {row['command']} | {row['fault']} | {row['requests']} | {row['waited']} s | {row['exit']} | {said} |\n"
            )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
