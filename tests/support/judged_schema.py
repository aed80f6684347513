"""tables.py as dataframely reads it: it samples rows of a table, and judges whether rows fit."""

import importlib.util
from functools import cache
from types import ModuleType
from unittest.mock import patch

import dataframely

from paperhouse.transforms import tables


@cache
def judged_tables() -> ModuleType:
    """tables.py as it is when dataframely's columns stand where our own do."""
    spec = importlib.util.spec_from_file_location("judged_tables", tables.__file__)
    module = importlib.util.module_from_spec(spec)
    with patch("paperhouse.transforms.schema_library", dataframely):
        spec.loader.exec_module(module)
    return module
