"""Asks a warehouse again and again, from a process of its own, whether all that it sees is one load's state.

`reader.py LIVE STOP fresh|held`: a connection for each question, or one for all of them, until the file STOP exists.
In the base home there is one load of 40 papers; each load since lists one paper more, and words paper 1 anew.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

STATE = """
    select
        (select count(*) from loads) as n_loads,
        (select count(*) from digests) as n_digests,
        (select count(*) - 39 from papers) as n_papers,
        (select sum(n_papers_new)::bigint - 39 from loads) as n_papers_told,
        (select count(*) from listings) - (select sum(n_entries)::bigint from loads) as n_listings_amiss,
        (select max(regexp_extract(title, '[0-9]+$')::bigint) from papers where arxiv_id = '2504.00001') as wording
"""
PARTS = ("select count(*) from loads", "select count(*) from digests", "select count(*) - 39 from papers")


def tell(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def ask(connection, amiss):
    """The number of loads that the connection sees; what does not belong to that state is noted."""
    n_loads, *rest = connection.execute(STATE).fetchone()
    if rest != [n_loads, n_loads, n_loads, 0, n_loads]:
        amiss.append([n_loads, *rest])
    one_by_one = [connection.execute(query).fetchone()[0] for query in PARTS]
    if one_by_one != [n_loads] * len(PARTS):
        amiss.append([n_loads, *one_by_one])
    return n_loads


def read(live, stop, kind):
    seen, amiss, errors, n_asked = [], [], [], 0
    held = duckdb.connect(live, read_only=True) if kind == "held" else None
    tell("ready")
    is_last = False
    while not is_last:
        is_last = stop.exists()
        try:
            if held is not None:
                n_loads = ask(held, amiss)
            else:
                with duckdb.connect(live, read_only=True) as connection:
                    n_loads = ask(connection, amiss)
        except duckdb.Error as error:
            errors.append(str(error))
        else:
            n_asked += 1
            if n_loads not in seen[-1:]:
                seen.append(n_loads)
        time.sleep(0.02)
    return {"n_asked": n_asked, "seen": seen, "amiss": amiss, "errors": errors}


def count_slowly(live, seconds):
    """One query of about so many seconds over the papers, and what it should give."""
    with duckdb.connect(live, read_only=True) as connection:
        connection.execute("set threads = 1")
        query = (
            "select count(*) filter (where length(sha256(papers.title || turn)) = 64), max(papers.title) "
            "from range({n}) as turns (turn) cross join papers where papers.arxiv_id <= '2504.00001'"
        )
        n_before = ask(connection, [])
        tell("ready")
        started = time.monotonic()
        connection.execute(query.format(n=100_000)).fetchall()
        n_turns = int(100_000 * seconds / (time.monotonic() - started))
        tell("counting")
        started = time.monotonic()
        answer = list(connection.execute(query.format(n=n_turns)).fetchone())
        ended = time.monotonic()
        expected = [2 * n_turns, "Paper 1"]
        return {
            "ended": ended,
            "seconds": ended - started,
            "is_right": answer == expected,
            "loads": [n_before, ask(connection, [])],
        }


if __name__ == "__main__":
    live, other, kind = sys.argv[1:]
    result = count_slowly(live, float(other)) if kind == "slow" else read(live, Path(other), kind)
    tell(json.dumps(result))
