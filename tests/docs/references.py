"""The reference pages of docs/, generated: commands from click, settings from `Settings`, tables from the schema.

python tests/docs/references.py      writes them
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import click
from pydantic_core import PydanticUndefined

from paperhouse.flows.cli.main import SECTIONS
from paperhouse.flows.settings import Folder, Settings
from paperhouse.warehouse.schema.dictionary import dictionary_markdown
from paperhouse.warehouse.storage.bucket_keys import NAMES, PREFIX

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
WIDTH = 100


def commands_page() -> str:
    """Every command with the text of its help screen."""
    parts = [
        "# Commands",
        "Generated from the command line itself: `paperhouse COMMAND --help` prints the same.",
    ]
    for heading, commands in SECTIONS.items():
        parts.append(f"## {heading}")
        for command in commands:
            context = click.Context(
                command, info_name=f"paperhouse {command.name}", max_content_width=WIDTH, terminal_width=WIDTH
            )
            parts.append(f"### paperhouse {command.name}\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Every setting with its default and meaning."""
    rows = [
        (
            name,
            "environment and file",
            _default(field.default, field.default_factory),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
    folder = [
        (field.alias or name, "", _default(field.default, None), "")
        for name, field in Folder.model_fields.items()
    ]
    table = "\n".join(f"| `{name}` | {default} | {_cell(text)} |" for name, _, default, text in rows)
    keys = ", ".join(f"`{name}`" for name, *_ in folder)
    bucket = ", ".join(f"`{PREFIX}{name}`" for name in NAMES)
    return f"""# Settings

Generated from the settings themselves. Each is an environment variable `PAPERHOUSE_<NAME>` or a key of
`paperhouse.toml` in the working folder (`PAPERHOUSE_CONFIG` names another file). Environment goes before file, file
before default; an unknown key is an error that names the nearest known one. `paperhouse init` writes a file with all of
them as comments.

| setting | default | meaning |
| --- | --- | --- |
{table}

Keys of a `[[folders]]` block, which is read when no path is given: {keys}.

```toml
home = "data"
repair_mojibake = true

[[folders]]
path = "digests/rag-daily"
source = "rag-daily"
```

What reaches an S3 server is in the environment only:
{bucket}.
With `_FILE` behind its name each holds the name of a file that holds the value. [What they mean](../lake.md#data-on-s3).
"""


def _default(value: object, factory: Callable[..., object] | None) -> str:
    if factory is not None:
        return "by machine"
    if value is PydanticUndefined:
        return "needed"
    return "none" if value in (None, "", []) else f"`{value}`"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


PAGES = {"commands.md": commands_page, "settings.md": settings_page, "dictionary.md": dictionary_markdown}


def write_pages(folder: Path) -> None:
    """Write every page as it should be now."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
