import subprocess
import sys
from pathlib import Path

from paperhouse.transforms.formats import format_modules, formats_in_order, known_formats

DIGEST = Path(__file__).parents[2] / "golden" / "reporter" / "abstract_over_several_lines_2503_21878.md"
RECOGNISE = """
import sys
from pathlib import Path
from paperhouse.transforms.read_digest import recognise
print(recognise(Path(sys.argv[1]).read_text(), ["reporter"]).name, *sys.modules)
"""


def test_every_format_is_called_as_its_module():
    assert [f"paperhouse.transforms.formats.{known.name}" for known in known_formats()] == [*format_modules()]


def test_likely_formats_come_first_and_every_format_once():
    names = [known.name for known in formats_in_order(["storage", "no such format", "reporter"])]
    assert names[:2] == ["storage", "reporter"]
    assert sorted(names) == sorted(known.name for known in known_formats())


def test_formats_that_are_not_asked_are_not_imported():
    command = [sys.executable, "-c", RECOGNISE, str(DIGEST)]
    name, *modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert name == "reporter"
    imported = [module for module in modules if module in format_modules()]
    assert imported == ["paperhouse.transforms.formats.reporter"]
