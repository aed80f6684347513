import subprocess
import sys

import pytest

from paperhouse.transforms.text.encoding_repair import changed_part, repair_encoding


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("vis-Ã\xa0-vis", "vis-à-vis"),
        ("vis-Ã\xa0-vis beside a lost \ufffd", "vis-à-vis beside a lost \ufffd"),
        ("diminished â€œspikinessâ€\x9d and", "diminished “spikiness” and"),
        ("SchrÃ¶dinger â€“ again", "Schrödinger – again"),
        ("vis-Ã\xa0-vis with α = 0.5 and 漢字", "vis-à-vis with α = 0.5 and 漢字"),
        ("\x93quoted\x94 text", "“quoted” text"),
        ("\x93quoted\x94 α", "“quoted” α"),
        ("l\u00c3\u0083\u00c2\u00a9ger", "léger"),
    ],
)
def test_mojibake_is_repaired(before, after):
    assert repair_encoding(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain ASCII &amp; \x1b[31m <b>",
        "大语言模型（LLM）的“幻觉”问题……",
        "ｆｕｌｌ ｗｉｄｔｈ ﬁne ﬂow",
        "α ≤ β², Δx → 0, ℓ₁‖x‖₂ · ±5°",
        "“curly” ‘quotes’ — and… dashes – naïve café”",
        "décor, Škoda, Đorđe, Łódź, İstanbul, São Paulo, NGÃ TƯ",
        "Привет, «мир»",
        "e\u0301 stays decomposed",
        "no\xa0break, soft\xadhyphen, line\u2028break\r\nkept",
        "lost Ã� stays",
        "한국어 日本語 العربية",
    ],
)
def test_sound_text_stays_as_it_is(text):
    assert repair_encoding(text) == text


def test_sound_text_never_imports_ftfy():
    code = (
        "import sys; from paperhouse.transforms.text.encoding_repair import repair_encoding as r; "
        "r('plain'); r('大语言模型 naïve α'); assert 'ftfy' not in sys.modules; "
        "r('Ã\\xa0'); assert 'ftfy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("same", "same", ("", "")),
        ("vis-Ã\xa0-vis", "vis-à-vis", ("vis-Ã\xa0-vis", "vis-à-vis")),
        (
            "a" * 50 + "X" + "b" * 50,
            "a" * 50 + "YY" + "b" * 50,
            ("a" * 20 + "X" + "b" * 20, "a" * 20 + "YY" + "b" * 20),
        ),
        ("aa", "aaa", ("aa", "aaa")),
        ("", "new", ("", "new")),
        ("XbX", "YbY", ("XbX", "YbY")),
    ],
)
def test_changed_part_is_the_smallest_stretch_with_context(before, after, expected):
    assert changed_part(before, after) == expected
