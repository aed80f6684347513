"""Properties in both tiers: the default one tries a fifth of the examples of each, the slow one all of them."""

from typing import Any

import pytest
from hypothesis import is_hypothesis_test, settings

LEAST = 20
_ATTRIBUTE = "_hypothesis_internal_use_settings"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Change how many examples are tried, or let the slow tier take up a property that is not marked as its own."""
    tier = config.option.markexpr
    if tier not in {"slow", "not slow"}:
        return
    properties = [item for item in items if is_hypothesis_test(getattr(item, "obj", None))]
    for item in properties:
        if tier == "slow" and not item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.slow)
    if tier == "not slow":
        for test in {id(item.obj): item.obj for item in properties}.values():
            take_fewer_examples(test)


def take_fewer_examples(test: Any) -> None:
    """Let a property try a fifth of its examples, but `LEAST` at least if it has so many."""
    given = getattr(test, _ATTRIBUTE)
    fewer = min(given.max_examples, max(LEAST, given.max_examples // 5))
    setattr(test, _ATTRIBUTE, settings(given, max_examples=fewer))
