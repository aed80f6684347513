"""The language of a text as far as its script shows it."""

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_KANA = re.compile(r"[\u3041-\u30ff]+")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")


def written_language(text: str) -> str | None:
    """Language as `zh`, `ja` or `ko`; None where the script does not tell (Latin letters fit many languages).

    A digest's own wording is full of English terms, so one Chinese character weighs as much as one Latin
    word. Traditional and simplified Chinese are both `zh`.
    """
    if text.isascii():
        return None
    n_han, n_kana, n_hangul = (sum(map(len, script.findall(text))) for script in (_HAN, _KANA, _HANGUL))
    if n_han + n_kana + n_hangul < max(2, len(_LATIN_WORD.findall(text))):
        return None
    if n_hangul > n_han + n_kana:
        return "ko"
    return "ja" if n_kana * 5 > n_han else "zh"
