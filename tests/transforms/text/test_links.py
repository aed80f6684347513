import pytest
from pattern_attacks import ending_after

from paperhouse.transforms.text.links import MASK, host_of, link_kind, mask_urls, urls_in


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("Code: https://github.com/a/b.", ["https://github.com/a/b"]),
        ("(see http://a.org/x_(y)), or", ["http://a.org/x_(y)"]),
        (r"at \url{https://github.com/a/b\_c}.", ["https://github.com/a/b_c"]),
        (r"\href{https://a.org/x}{our page https://b.org}", ["https://a.org/x", "https://b.org"]),
        (r"\href{https://a.org/x}{https://a.org/x}.", ["https://a.org/x"]),
        ("[https://a.org](https://a.org/#b)!", ["https://a.org", "https://a.org/#b"]),
        ("**https://a.org/b**", ["https://a.org/b"]),
        (
            "<https://a.org/b>, \"https://a.org/c\", 'https://a.org/d'",
            ["https://a.org/b", "https://a.org/c", "https://a.org/d"],
        ),
        (
            "代码：https://github.com/a/b。数据见https://a.org/c，",
            ["https://github.com/a/b", "https://a.org/c"],
        ),
        (
            "https://a.org/x,https://b.org/y;https://c.org",
            ["https://a.org/x", "https://b.org/y", "https://c.org"],
        ),
        (
            "https://web.archive.org/web/2020/https://a.org/",
            ["https://web.archive.org/web/2020/https://a.org/"],
        ),
        ("https://github.com/a/b(accepted at X)", ["https://github.com/a/b"]),
        ("https://a.org/b\\\\ and https://a.org/c\\textbf{x}", ["https://a.org/b", "https://a.org/c"]),
        (r"http://www.cs.x.edu/\~{}user/100\%25", ["http://www.cs.x.edu/~user/100%25"]),
        ("HTTPS://A.org/B?x=1&y=[2]", ["HTTPS://A.org/B?x=1&y=[2]"]),
        ("https://b.org https://a.org https://b.org", ["https://b.org", "https://a.org"]),
        ("https:// https://. http://your-link https://[x] this https URL", []),
        ("https://münchen.de/ü", ["https://münchen.de/ü"]),
        ("https://a.(b https://ab.漢 https://a漢.org", []),
        ("", []),
    ],
)
def test_urls_in_running_text(text, urls):
    assert urls_in(text) == urls


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.GitHub.com:443/a", "github.com"),
        ("http://user:pw@a.org./x@y", "a.org"),
        ("https://[2001:db8::1]:80/", "[2001:db8::1]"),
        (" ftp://a.org ", "a.org"),
        ("github.com/a", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_host_of(url, host):
    assert host_of(url) == host


KINDS = {
    "code": """
        https://github.com/a/b https://gist.github.com/a https://gitlab.com/a https://gitlab.inria.fr/a
        https://bitbucket.org/a https://codeberg.org/a https://gitee.com/a https://www.kaggle.com/code/a
        https://anonymous.4open.science/r/a https://sourceforge.net/p/a https://a.sourceforge.net
        """,
    "model": """
        https://huggingface.co/jinaai/jina-clip-v2 https://modelscope.cn/models/a/b https://hf.co/a/b
        https://www.kaggle.com/models/a
        """,
    "dataset": """
        https://huggingface.co/datasets/a/b https://hf.co/datasets/a https://www.modelscope.cn/datasets/a/b
        https://zenodo.org/records/1 https://www.kaggle.com/datasets/a/b https://figshare.com/s/1
        """,
    "project": """
        https://a.github.io https://a.github.io/b/ https://sites.google.com/view/a https://a.gitlab.io
        https://huggingface.co/spaces/a/b https://modelscope.cn/studios/a/b
        """,
    "other": """
        https://arxiv.org/abs/2504.04178 https://doi.org/10.5281/zenodo.1 https://huggingface.co/AceSearcher
        https://huggingface.co/collections/a/b https://huggingface.co/papers/1 https://notgithub.com/a
        https://kaggle.com/competitions/a https://github.com.evil.org/a https://a.org github.com/a https://
        """,
}


@pytest.mark.parametrize(
    ("kind", "url"), [(kind, url) for kind, urls in KINDS.items() for url in urls.split()]
)
def test_link_kind(kind, url):
    assert link_kind(url) == kind


@pytest.mark.parametrize(
    ("real", "masked"),
    [
        ("Code is at https://github.com/a/b.", "Code is at this https URL."),
        ("Code is at http://a.org/b.", "Code is at this http URL."),
        (r"Code is at \url{https://a.org/b\_c}.", r"Code is at \url{this https URL}."),
        ("released (https://a.org/b_(c)).", "released (this https URL)."),
        ("available at rankllm.ai, and", "available at this http URL, and"),
        ("see github.com/a/b_c.", "see this http URL."),
        ("recommendations themselves.To evaluate", "recommendations this http URL evaluate"),
        ("https://a.org and https://b.org\n  next", "this https URL and this https URL\n  next"),
    ],
)
def test_real_and_masked_wording_become_equal(real, masked):
    assert mask_urls(real) == mask_urls(masked)
    assert MASK in mask_urls(real)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no link",
        "e.g. GPT-3.5, i.e. 0.5 (v1.2).",
        "an ellipsis... and\n  indent",
        "mail me@a.org",
        "a URL, HTTP",
    ],
)
def test_text_without_urls_is_not_touched(text):
    assert mask_urls(text) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "https://a.b(" * 30_000,
        "https://a.b)" * 30_000,
        "https://a.b/https://a.b(/" * 15_000,
        "https://a.b" + "(" * 300_000,
        "https://a.b" + "\\" * 300_000,
        "http://" * 50_000,
        "a." * 150_000 + "1",
        "a-" * 150_000 + ".1",
        "x.yz?" * 60_000,
        "this http" * 40_000,
    ],
)
def test_hostile_text_takes_linear_time(hostile):
    """The limit is a hundred times what it takes; at the square of it these would take hours."""
    with ending_after(60):
        urls_in(hostile)
        mask_urls(hostile)
