"""Drawings of the pages as files of their own: well-formed, in real colours, of a size, with hostile names as text."""

from datetime import date

from defusedxml import ElementTree

from paperhouse.flows.output.vega_chart import INK, LINE, SERIES, bars_by_day, image_of

ROWS = [(date(2025, 4, day), name, day) for day in (1, 2) for name in ("AI", '</svg><script>alert("&")')]


def test_an_image_has_its_own_colours_and_size():
    image = image_of(bars_by_day(ROWS, "Papers a day", 300, 70))
    tree = ElementTree.fromstring(image)
    assert int(tree.get("width")) > 250
    assert int(tree.get("height")) > 70
    assert not [colour for colour in (INK, LINE, *SERIES) if colour in image]
    assert "#0072b2" in image
    assert not list(tree.iter("{http://www.w3.org/2000/svg}script"))


def test_of_few_days_each_is_named_once():
    tree = ElementTree.fromstring(image_of(bars_by_day(ROWS, "Papers a day", 300, 70)))
    texts = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert [texts.count(day) for day in ("1 Apr", "2 Apr")] == [1, 1]
