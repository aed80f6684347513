"""Files that state the same facts twice: the day's Markdown and its JSON lines, a README and its copies.

All of them are read and all their facts count, but a paper is listed once: where a preferred sibling lists it
too, an entry is a repeat. Siblings lie in one folder (or its `docs`), are of one family of formats, and agree
on source, list and date; a file without a date goes with those of any date, as JSON beside a dated README does.
Which entry repeats which is decided paper by paper, from all that is known of it, so
it does not matter which file came in first.
"""

from dataclasses import dataclass

import polars as pl

from paperhouse.transforms.digests.entry_kind import FEED_FORMAT

_DOCS = "docs"
_NAMES = ("readme", "index", "wechat")
# cv_arxiv_daily keeps a JSON for each of its pages: `x.json` for README, `x-web.json`, `x-wechat.json`.
_SUMMARY = "ai_summary"
_JSON_COPIES = ("-web", "-wechat")


@dataclass(frozen=True, slots=True)
class _Family:
    """A name and, for each of its formats, how much it is preferred (smaller is better).

    `branches` name folders below which a family keeps its siblings apart: `daily_json`, and `daily_html` beside it.
    Siblings `is_across_lists` need not agree on the list: some are of one list, others of all.
    """

    name: str
    ranks: dict[str, int]
    branches: frozenset[str] = frozenset()
    is_across_lists: bool = False


# Markdown before records for reporter and report_table: it has lines to lead to, and in the corpora it holds every
# paper of the records and more. JSON lines before Markdown for ai_enhanced: there the Markdown holds fewer.
_FAMILIES = (
    _Family("reporter", {"reporter": 0, "reporter_jsonl": 1}),
    _Family("report_table", {"report_table": 0, "report_table_csv": 1}),
    _Family("ai_enhanced", {"ai_enhanced_jsonl": 0, "ai_enhanced": 1}),
    _Family("cv_arxiv_daily", {"cv_arxiv_daily": 0, "cv_arxiv_daily_json": 1}),
    # The day's data, and below `docs` a page a paper, in folders by category or not.
    _Family("scroll", {"scroll_json": 0, "scroll": 1}, frozenset({"data", "docs"}), is_across_lists=True),
    # What was recommended before what was only looked at; a page a paper last, as it lists one.
    _Family(
        "daily_paper_reader",
        {"daily_paper_reader_json": 0, "daily_paper_reader": 1, "daily_paper_reader_archive": 2},
        frozenset({"docs", "archive"}),
    ),
    # Only the Markdown bears a date: the JSON beside it goes with that of any date.
    _Family(
        "gpt_paper_assistant",
        {"gpt_paper_assistant": 0, "gpt_paper_assistant_json": 1, "gpt_paper_assistant_html": 2},
        frozenset({"out", "past_arxiv"}),
    ),
    _Family(
        "arxiv_daily_aigc",
        {"arxiv_daily_aigc_json": 0, "arxiv_daily_aigc_html": 1},
        frozenset({"daily_json", "daily_html"}),
    ),
    # A feed that is read twice a day announces the same papers in other bytes: the build date differs.
    _Family(FEED_FORMAT, {FEED_FORMAT: 0}),
)
_FAMILY_OF = {name: (family.name, rank) for family in _FAMILIES for name, rank in family.ranks.items()}
_BRANCHES = {name: family.branches for family in _FAMILIES for name in family.ranks if family.branches}
_ACROSS_LISTS = [name for family in _FAMILIES if family.is_across_lists for name in family.ranks]
# Steps of daily_paper_reader, each of which takes papers of the one before.
_ARCHIVE_STEPS = ("recommend", "rank", "filtered", "raw")


def sibling_group(format_name: str, path: str) -> str:
    """What siblings share beside source, list and date: family and folder; files of no family stand alone."""
    folder, _, _ = path.rpartition("/")
    if format_name in _BRANCHES:
        folder = _trunk(folder, _BRANCHES[format_name])
    elif folder.rpartition("/")[2] == _DOCS:
        folder = folder.rpartition("/")[0]
    family = _FAMILY_OF.get(format_name)
    return f"{family[0]} {folder}" if family else f"{format_name} {path}"


def _trunk(folder: str, branches: frozenset[str]) -> str:
    """The folder that holds the first of the branches that lead to `folder`; itself if none does."""
    parts = folder.split("/")
    end = len(parts)
    for number in range(len(parts) - 1, -1, -1):
        if parts[number] in branches:
            end = number
        elif end < len(parts):
            break
    return "/".join(parts[:end])


def sibling_order(format_name: str, path: str) -> str:
    """Preference among siblings, to be compared as text; files with the same are no copies of each other.

    Of one format a README goes before `index`, that before `wechat`, and so do their JSON files; generated notes
    (`..._AI_enhanced_Chinese`) before the plain file. Of two readings of one feed it does not matter which.
    """
    _, rank = _FAMILY_OF.get(format_name, ("", 0))
    stem = path.rpartition("/")[2].rpartition(".")[0].lower()
    if format_name == FEED_FORMAT:
        return stem
    if format_name == "daily_paper_reader_archive":
        steps = (number for number, step in enumerate(_ARCHIVE_STEPS) if f"/{step}/" in f"/{path}")
        return f"{rank}{next(steps, len(_ARCHIVE_STEPS))}"
    if format_name == "scroll_json":
        return f"{rank}{int(stem.startswith(_SUMMARY))}"
    _, has_notes, language = stem.partition("_ai_enhanced")
    if has_notes:
        return f"{rank}0{language}"
    if stem in _NAMES:
        return f"{rank}{1 + _NAMES.index(stem)}"
    copies = _JSON_COPIES if format_name == "cv_arxiv_daily_json" else ()
    return f"{rank}9{next((number for number, ending in enumerate(copies, 1) if stem.endswith(ending)), 0)}"


def mark_repeats(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with `repeats_digest_id`: the preferred sibling that lists the same paper, or null.

    `entries` has arxiv_id, digest_id, and of the digest: format, path, source, list_name, digest_date. It must
    hold all entries of its papers.
    """
    places = entries.select("digest_id", "format", "path").unique("digest_id")
    pairs = list(places.select("format", "path").iter_rows())
    siblings = places.select(
        "digest_id",
        pl.Series("sibling_group", [sibling_group(*pair) for pair in pairs], dtype=pl.String),
        pl.Series("sibling_order", [sibling_order(*pair) for pair in pairs], dtype=pl.String),
    )
    key = ["arxiv_id", "sibling_group", "source", "sibling_list"]
    best = pl.struct("digest_id", "sibling_order").first()
    is_undated = pl.col("digest_date").is_null()
    return (
        entries.join(siblings, on="digest_id", how="left")
        .with_columns(
            pl.when(~pl.col("format").is_in(_ACROSS_LISTS)).then("list_name").alias("sibling_list"),
        )
        .sort(
            *key,
            "sibling_order",
            "digest_date",
            "digest_id",
            descending=[False] * (len(key) + 1) + [True, False],
            nulls_last=True,
        )
        .with_columns(
            pl.when(is_undated)
            .then(best.over(key))
            .otherwise(best.over([*key, "digest_date"]))
            .alias("preferred")
        )
        .with_columns(
            pl.when(pl.col("sibling_order") > pl.col("preferred").struct.field("sibling_order"))
            .then(pl.col("preferred").struct.field("digest_id"))
            .alias("repeats_digest_id")
        )
        .drop("sibling_group", "sibling_order", "sibling_list", "preferred")
    )
