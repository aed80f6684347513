"""The command that begins: a settings file, and what the first load will find."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from paperhouse.flows.cli.options import home_option, is_quiet, say

if TYPE_CHECKING:  # nothing heavy is imported before a command needs it
    from paperhouse.flows.cli.preview import FolderPreview
    from paperhouse.flows.output.screen import ScreenPart


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, readable=False), metavar="[FOLDER]...")
@home_option
@click.option("--force", is_flag=True, help="Begin anew where there is a settings file; the old one is kept.")
def init(folders: tuple[Path, ...], home: Path | None, force: bool) -> None:  # noqa: FBT001
    """Write a paperhouse.toml for these folders, and preview their first load.

    Nothing is loaded yet. A sample of each folder is read to tell its formats and dates.

    \b
    Example:
      paperhouse init ~/digests/rag-daily ~/digests/cv-arxiv-daily
    """
    from paperhouse.flows.cli.config_template import config_text, write_config
    from paperhouse.flows.cli.preview import preview_folder, require_folder
    from paperhouse.flows.output.screen import show
    from paperhouse.flows.reading_settings import config_path
    from paperhouse.flows.settings import load_settings

    absolute = [require_folder(folder) for folder in folders]
    path = config_path()
    text = config_text(absolute, home.absolute() if home else None)
    kept = write_config(path, text, is_forced=force)
    settings = load_settings()
    named = "1 folder" if len(absolute) == 1 else f"{len(absolute)} folders"
    say(f"wrote       {path}: {named}, every setting with its default")
    if kept is not None:
        say(f"kept        {kept}: what stood there before")
    if not is_quiet():
        outlooks = [preview_folder(folder, is_repairing=settings.repair_mojibake) for folder in absolute]
        show(_plan_parts(outlooks, settings.home))


def _plan_parts(outlooks: list["FolderPreview"], home: Path) -> list["ScreenPart"]:
    """The first run plan: what lies where, what is doubtful, and the next command."""
    from paperhouse.flows.output.screen import Grid, Line

    head = ("folder", "files", "MB", "formats of a sample", "dates of a sample")
    parts: list[ScreenPart] = []
    if outlooks:
        rows = [
            (
                str(outlook.folder),
                f"{outlook.n_files:,}",
                f"{outlook.n_bytes / 1e6:,.1f}",
                ", ".join(f"{n} {name}" for name, n in outlook.formats.most_common()) or "(none read)",
                _span(outlook),
            )
            for outlook in outlooks
        ]
        parts.append(Grid("first run", head, rows, frozenset({"files", "MB"})))
    for outlook in outlooks:
        parts += [Line("note", text, "yellow") for text in _notes(outlook)]
    parts.append(
        Line("warehouse", f"{home}/paperhouse.duckdb" + ("" if home.exists() else ", made by the first load"))
    )
    if not outlooks:
        parts.append(Line("note", "no folder was named: the three seed digests will be loaded until one is"))
    parts.append(Line("next", "paperhouse ingest", "bold"))
    parts.append(
        Line("then", "paperhouse status, every day; paperhouse serve or a cron line loads on schedule")
    )
    return parts


def _span(outlook: "FolderPreview") -> str:
    if not outlook.dates:
        return "none stated"
    first, last = min(outlook.dates), max(outlook.dates)
    return f"{first}" if first == last else f"{first} to {last}"


def _notes(outlook: "FolderPreview") -> list[str]:
    where = outlook.folder
    notes = [f"left out: {problem}" for problem in outlook.problems[:3]]
    if not outlook.n_files:
        notes.append(f"{where}: holds no file yet")
    elif outlook.n_sampled and not outlook.n_entries:
        notes.append(f"{where}: no paper in the files that were read; is it the right folder?")
    if outlook.n_archives:
        notes.append(
            f"{where}: {outlook.n_archives:,} archives, which the load unpacks, were not looked into"
        )
    if outlook.unread:
        notes.append(f"{outlook.unread[0]}: of no known format; see `paperhouse inspect {outlook.unread[0]}`")
    if outlook.n_entries and not outlook.dates:
        notes.append(f"{where}: nothing states a date; give --date when you load it")
    return notes
