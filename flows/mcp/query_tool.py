"""Foreign SQL in a process of its own: `paperhouse sql`, with its time and memory limits, read line by line."""

import json
import subprocess
import sys
from typing import Any, Final, NamedTuple

from paperhouse.flows.settings import Settings
from paperhouse.transforms.errors import QueryError

MAX_ROWS: Final = 1_000
MAX_BYTES: Final = 200_000
"""Of an answer: more would fill the context of a model."""
_PREFIX: Final = "paperhouse: "


class QueryAnswer(NamedTuple):
    """Rows by the names of their columns; `is_cut` where there were more than were wanted."""

    rows: list[dict[str, Any]]
    is_cut: bool


def run_foreign_query(settings: Settings, query: str, n_rows: int) -> QueryAnswer:
    """The first `n_rows` rows of a query, read-only; the process is ended once they are there.

    Raises:
        QueryError: the engine refused it, or it took too long.
    """
    command = [
        sys.executable,
        "-m",
        "paperhouse.flows.cli.main",
        "sql",
        "--home",
        str(settings.home),
        *(() if settings.warehouse is None else ("--warehouse", settings.warehouse)),
        "--format",
        "ndjson",
    ]
    with subprocess.Popen(  # noqa: S603 - our own command; the query goes through standard input
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None  # noqa: S101 - for the type checker; PIPE was given
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        process.stdin.write(query.encode("utf-8", "surrogatepass"))
        process.stdin.close()
        answer = _read_rows(process.stdout, n_rows)
        if answer.is_cut:
            process.terminate()
            return answer
        message = process.stderr.read().decode("utf-8", "replace").strip()
    if process.returncode:
        raise QueryError(
            message.removeprefix(_PREFIX) or f"the query ended with code {process.returncode}", sql=query
        )
    return answer


def _read_rows(stream: Any, n_rows: int) -> QueryAnswer:
    rows: list[dict[str, Any]] = []
    n_bytes = 0
    for line in stream:
        n_bytes += len(line)
        if len(rows) == n_rows or n_bytes > MAX_BYTES:
            return QueryAnswer(rows, is_cut=True)
        rows.append(json.loads(line))
    return QueryAnswer(rows, is_cut=False)
