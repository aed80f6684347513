"""`python tests/docs/status_picture.py`: the picture of the status screen in the README, drawn from the seeds."""

import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import paperhouse
from paperhouse.flows.output.health import RECENT, judge
from paperhouse.flows.output.health_screen import status_parts
from paperhouse.flows.output.screen import show_on
from paperhouse.flows.settings import load_settings
from paperhouse.warehouse.read.overview import read_overview
from paperhouse.warehouse.storage.home import Home

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "status.svg"
COLUMNS = 110


def draw(home: Path) -> str:
    """The screen of `paperhouse status` as SVG."""
    now = datetime.now(UTC)
    settings = load_settings(home)
    overview = read_overview(Home(home), since=now - RECENT)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    show_on(console, status_parts(judge(overview, now, settings.overdue_hours, [])))
    return console.export_svg(title="paperhouse status")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as parent:
        home = Path(parent) / "data"
        paperhouse.ingest(home=home)
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(draw(home).replace(str(home), "data"), "utf-8")
