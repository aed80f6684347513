"""What labels, link texts and headings of strangers' digests mean, beyond the vocabulary that all formats share."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

from paperhouse.transforms.parsing.field_names import Role, field_role, normal_name, role_of_normal_name

_MORE: Final[dict[Role, str]] = {
    "arxiv_id": "arxiv id|arxiv_id|arxivid|arxiv no|arxiv identifier|文章id|paper arxiv id",
    "title": "titulo|titolo|tytuł|başlık|judul|tiêu đề|название|заголовок|العنوان|शीर्षक|titolo originale|paper title|original title|title (en)|title_en|english title|full title|论文英文标题|原题|論文タイトル|原題|논문 제목|titre original",
    "title_zh": "title (cn)|title (chinese)|标题（译）|标题(译)|中文名|译题|title_ja|title_ko|日本語題名|日本語タイトル|titleja|title (ja)|title (ko)|한국어 제목",
    "authors": "auteur|auteur(s)|autor|autores|autore|autori|autoři|autorzy|forfatter|forfattere|författare|tekijät|szerzők|yazarlar|yazar|penulis|tác giả|авторы|автор|автори|المؤلفون|लेखक|verfasser|auteurs de l'article|people|creators|creator|author list|by|written by|author names|authors & affiliations|作者信息|论文作者|全部作者|主要作者|作者/团队|著者名|글쓴이|저자들",
    "abstract": "kurzfassung|resumo|sommario|riassunto|streszczenie|abstrakt|samenvatting|sammanfattning|tiivistelmä|özet|abstrak|tóm tắt|аннотация|реферат|анотація|الملخص|सारांश|resumen original|abstract_text|original abstract|abstract (original)|abstract (原文)|abstract（原文）|paper abstract|english abstract|arxiv abstract|原始摘要|英文原文摘要|查看英文原文摘要|英文摘要原文|论文摘要|原文摘要|abstract原文|full abstract|show abstract|view abstract|abstract text|抽象|概要（原文）|원문 초록|초록 (원문)|アブストラクト|en|original text|summary (arxiv)|paper_abstract",
    "abstract_zh": "中文概要|摘要（中文）|摘要(中文)|中文翻译|摘要中文|摘要中译|中文摘要翻译|摘要翻译|abstract (cn)|abstract (chinese)|abstract (ja)|和訳|日本語要約|초록 번역",
    "link": "verknüpfung|collegamento|odkaz|łącze|odnośnik|koppeling|länk|linkki|bağlantı|tautan|liên kết|ссылка|посилання|الرابط|lien arxiv|enlace arxiv|quelle|fuente|paper_url|title_link|arxiv|arxiv link|arxiv url|paper|论文|原文|论文原文|论文url|论文地址|论文网址|read paper|阅读论文|source url|source|paper page|abs page|abs link|arxiv链接|arxiv 链接|arxiv地址|arxiv页面|arxiv原文|arxiv 原文|hf page|hf link|huggingface|hugging face|detail|details url|resource|原文链接|原文地址|논문|논문 링크|論文|論文url|論文リンク|url",
    "pdf": "pdf|pdf link|download pdf|pdf下载|pdf 下载|pdfリンク|pdf地址|paper pdf",
    "code": "code link|code url|github|github repo|source code|code repository|official code|代码仓库|开源代码|项目代码|git|github链接|repository|github_url|code_link|repo_url|github repository|github_repo",
    "project": "项目页|project website|project url|demo|demo page|主页|项目地址|项目网站|项目页面|homepage|website|web|project_url|演示",
    "date": "data|data di pubblicazione|dato|datum der veröffentlichung|veröffentlicht|publicado|publié|publié le|opublikowano|tarih|tanggal|ngày|дата|дата публикации|发布于|发布|公开日期|submission date|submitted date|date published|published on|posted|publish|publish time|published_time|日付|公開日時|投稿日|论文日期|上线日期|announcement_date|announced on|게시일|발행일",
    "updated": "updated date|updated_date|last revised|revised",
    "categories": "arxiv category|arxiv categories|分类标签|所属分类|论文分类|领域分类|カテゴリ|subject areas|subjects|arxiv 分类|arxiv分类|all categories|학술 분류|topics (arxiv)",
    "score": "相关性评分|综合评分|llm score|relevance_score|total score|totalscore|推荐分|热度|筛选分数|推荐度",
    "summary": "summary|one-sentence summary|简要总结|核心总结|中文总结|中文解读|ai解读|ai 解读|论文解读|解读|论文概述|简介|one sentence summary|要約|요약",
    "tldr": "tl;dr (ai)|一句话|一句话概括|一句话结论|一句话介绍|一言要約|one-liner|takeaway|key takeaway|一句话总结",
    "affiliations": "institutions & labs|机构/团队|研究机构|通讯单位|所属機関|作者机构|发表机构",
}  # fmt: skip
_ROLES: Final[dict[str, Role]] = {
    normal_name(name): role for role, names in _MORE.items() for name in names.split("|")
}
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETED: Final = re.compile(r"[ ]?[(（][^()（）]{1,20}[)）]$")

_LINK_WORDS: Final = re.compile(
    r"(?:\W|\d|_|arxiv|abs|abstract page|pdf|html|paper|link|url|read|full|view|open|on|the|original|source|page|here|"
    r"download|doi|detail|details|more|version|preprint|hf|huggingface|hugging face|alphaxiv|papers\.?cool|ar5iv|cool|kimi|"
    r"论文|原文|链接|下载|全文|地址|页面|阅读|查看|详情|摘要|主页|点击|論文|リンク|本文|논문|링크|원문|보기|v\d)+",
    re.IGNORECASE,
)
_SIDE: Final = re.compile(
    r"related|similar|baseline|citation|cited|cite|references?\b|prior|see also|further|bibtex|follow|"
    r"相关工作|相关论文|参考|引用|对比|类似|延伸|関連|参考文献|관련",
    re.IGNORECASE,
)
_SIDE_WORD: Final = re.compile(
    r"(?:related|similar|see also|further reading)(?:[ ](?:work|works|papers?|reading|articles?))?|baselines?|references?|cites|cited by|"
    r"相关工作|相关论文|参考|参考文献|関連|関連論文|関連研究|관련|관련 논문|verwandt(?:e arbeiten)?|articles liés|ver también",
    re.IGNORECASE,
)
_GENERIC_HEADING: Final = re.compile(
    r"\d{4}[-/.年]\d{1,2}|(?<!\d)\d++\s*+(?:篇|papers?|件|편|entries|results)\b|\b(?:daily|weekly|digest|newsletter|today'?s|table of contents|"
    r"updated? on|new submissions|paper list|papers|arxiv)\b|日报|速递|汇总|论文列表|每日|目录|共收录|本周",
    re.IGNORECASE,
)


_GIVEN: ContextVar[dict[str, Role]] = ContextVar("given_labels", default={})  # noqa: B039 - never changed in place


@contextmanager
def given_labels(labels: Mapping[str, Role]) -> Iterator[None]:
    """Let these labels, which the user names, have these roles inside of the context."""
    token = _GIVEN.set({normal_name(label): role for label, role in labels.items()})
    try:
        yield
    finally:
        _GIVEN.reset(token)


def has_given_labels() -> bool:
    """Whether the user has named labels: what is remembered of lines is then not to be used."""
    return bool(_GIVEN.get())


def role_of(written: str) -> Role | None:
    """Role of a label, key or column name; None if nobody knows it."""
    given = _GIVEN.get()
    if given and (role := given.get(normal_name(written))) is not None:
        return role
    return _known_role(written)


@lru_cache(maxsize=8192)
def _known_role(written: str) -> Role | None:
    if not written or len(written) > 60:  # a sentence is no label
        return None
    name = normal_name(written)
    role = _ROLES.get(name) or role_of_normal_name(name)
    is_plain = (
        written.isascii() and name[-1:] != ")" and "_" not in name and _CAMEL.search(written) is None
    )  # nothing of what follows would change it
    if role is None and not is_plain:
        role = _ROLES.get(_BRACKETED.sub("", name)) or field_role(_BRACKETED.sub("", name))
    if role is None:
        split = normal_name(_CAMEL.sub("_", written.strip()))
        role = (
            _ROLES.get(split)
            or field_role(split)
            or _ROLES.get(split.replace("_", " "))
            or field_role(split.replace("_", " "))
        )
    return role


@lru_cache(maxsize=8192)
def is_link_word(text: str) -> bool:
    """Whether the text of a link only says that it leads to the paper (`PDF`, `📄 论文`, `2401.00001`)."""
    plain = text.strip(" *_`[]()")
    return not plain or plain.startswith("http") or _LINK_WORDS.fullmatch(plain) is not None


def is_side(label: str) -> bool:
    """Whether the label says that what follows are other papers."""
    return _SIDE.search(label) is not None


def is_side_word(label: str) -> bool:
    """Whether the label says nothing else, and so is one without bold letters too."""
    return _SIDE_WORD.fullmatch(label) is not None


def is_generic_heading(text: str) -> bool:
    """Whether a heading names a day, a list or a count and so no paper."""
    return _GENERIC_HEADING.search(text) is not None
