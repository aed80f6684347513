import pytest

from transforms.decode import decode


@pytest.mark.parametrize(
    ("content", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        (b"plain\n", "plain\n", "utf-8"),
        ("naïve 中".encode(), "naïve 中", "utf-8"),
        (b"\xef\xbb\xbfa", "a", "utf-8"),
        (b"\xff\xfe" + "aé".encode("utf-16-le"), "aé", "utf-16-le"),
        (b"\xfe\xff" + "aé".encode("utf-16-be"), "aé", "utf-16-be"),
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
