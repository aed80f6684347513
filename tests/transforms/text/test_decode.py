import pytest

from paperhouse.transforms.text.decode import decode


@pytest.mark.parametrize(
    ("content", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        (b"plain\n", "plain\n", "utf-8"),
        ("naïve 中".encode(), "naïve 中", "utf-8"),
        (b"\xef\xbb\xbfa", "a", "utf-8"),
        (b"\xff\xfe" + "aé".encode("utf-16-le"), "aé", "utf-16-le"),
        (b"\xfe\xff" + "aé".encode("utf-16-be"), "aé", "utf-16-be"),
        ("[aé](x) 中".encode("utf-16-le"), "[aé](x) 中", "utf-16-le"),
        ("[aé](x) 中".encode("utf-16-be"), "[aé](x) 中", "utf-16-be"),
        (b"a\0b\0c", "a\0b\0c", "utf-8"),
        (b"\0" * 8, "\0" * 8, "utf-8"),
        (b"one stray \0 is none of UTF-16", "one stray \0 is none of UTF-16", "utf-8"),
        (b"na\xefve \x93x\x94", "naïve “x”", "cp1252"),
        (b"na\xefve \x81", "naïve \x81", "latin-1"),
        ("中".encode() + b" \xff", "中 \ufffd", "utf-8, 1 byte damaged"),
        ("中".encode() + b"\xff\xff", "中\ufffd\ufffd", "utf-8, 2 bytes damaged"),
        (b"\xff\xfea", "\ufffd", "utf-16-le, 1 byte damaged"),
        (b"\xef\xbb\xbf\xff", "\ufffd", "utf-8, 1 byte damaged"),
    ],
)
def test_the_encoding_is_read_off_the_bytes(content, text, encoding):
    assert decode(content) == (text, encoding)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"a\rb\r", "a\nb\n"),
        (b"a\rb\nc", "a\rb\nc"),
        (b"a\r\nb\rc\n", "a\nb\rc\n"),
    ],
    ids=["windows", "old_mac", "a_lone_cr_is_text", "mixed"],
)
def test_line_ends_become_newlines(content, text):
    assert decode(content)[0] == text


def test_the_code_point_of_a_byte_order_mark_inside_the_text_stays():
    assert decode("a\ufeffb".encode())[0] == "a\ufeffb"


CHINESE = "本文提出了一种新的方法，用于大规模语言模型的推理。"
TRADITIONAL = "本文提出了一種新的方法，用於大規模語言模型的推理。"
JAPANESE = "この論文では、大規模言語モデルの推論のための新しい手法を提案する。"
KOREAN = "이 논문은 대규모 언어 모델의 추론을 위한 새로운 방법을 제안한다."


@pytest.mark.parametrize(
    ("text", "written_in", "encoding"),
    [
        (CHINESE, "gbk", "gb18030"),
        (CHINESE, "gb18030", "gb18030"),
        ('{"id": "2601.00008", "title": "中文标题", "summary": "摘要"}', "gbk", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (JAPANESE, "shift_jis", "shift_jis"),
        (JAPANESE, "euc_jp", "euc_jp"),
        (KOREAN, "euc_kr", "euc_kr"),
    ],
)
def test_texts_of_east_asia_from_before_utf_8_are_decoded(text, written_in, encoding):
    assert decode(text.encode(written_in)) == (text, encoding)


@pytest.mark.parametrize(
    ("text", "written_in"),
    [("naïve “x” café größe ÉÉÉ", "cp1252"), ("“”…—”", "cp1252"), ("Новый метод вывода моделей", "cp1251")],
)
def test_western_letters_are_not_taken_for_chinese(text, written_in):
    assert decode(text.encode(written_in))[1] in {"cp1252", "latin-1"}


def test_a_few_damaged_bytes_of_utf_8_make_no_chinese():
    damaged = CHINESE.encode()[:-1] + b"\xd6\xd0\xce\xc4"
    assert decode(damaged)[1].startswith("utf-8, ")


def test_a_few_korean_syllables_are_not_taken_for_chinese():
    assert decode("이 논문".encode("euc_kr"))[1] != "gb18030"
