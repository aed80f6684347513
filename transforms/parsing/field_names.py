"""What digests call the fields of a paper: one vocabulary for table heads, labels, JSON keys and CSV columns.

`field_role("**Publish Date**")` is `date`, and so is `field_role("发布日期：")`. A format decides itself what a
role means in its place; a name that is not known has no role.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

Role = Literal[
    "number", "arxiv_id", "title", "title_zh", "authors", "abstract", "abstract_zh", "link", "pdf", "html", "code",
    "project", "date", "updated", "categories", "primary_category", "topic", "comment", "doi", "journal_ref",
    "announce_type", "score", "summary", "tldr", "keywords", "affiliations", "translation", "venue", "upvotes",
]  # fmt: skip
"""What a field holds; `summary` is text made of the abstract, `link` leads to arXiv's page."""

# ruff: noqa: E501  (one role a line)
NAMES: dict[Role, str] = {
    "number": "#|no|no.|nr|idx|index|number|rank|序号|编号|番号|번호",
    "arxiv_id": "id|arxiv|arxiv id|arxiv_id|arxivid|arxiv-id|arxiv number|paper id|paper_id|entry_id|arxiv编号|arxiv 编号|论文id|论文编号",
    "title": "title|paper|paper title|paper name|paper_title|name|titre|título|titel|título|titolo|标题|題目|题目|論文名|论文|论文标题|论文题目|英文标题|原标题|原文标题|タイトル|제목",
    "title_zh": "title_zh|title zh|title (zh)|title_cn|title cn|title_chinese|zh_title|cn_title|chinese title|translated title|title_translated|中文标题|中文题目|标题翻译|标题（中文）|标题(中文)|译名",
    "authors": "author|authors|author(s)|author list|authors list|first author|auteurs|autores|autoren|autori|auteur|autor|作者|作者列表|全部作者|第一作者|著者|저자",
    "abstract": "abstract|abstracts|desc|summary_en|description|original abstract|abstract_en|abstract (en)|résumé|resumen|zusammenfassung|kurzfassung|resumo|sommario|摘要|英文摘要|原文摘要|摘要（原文）|摘要(原文)|概要|要旨|초록",
    "abstract_zh": "abstract_zh|abstract zh|abstract (zh)|abstract_cn|abstract_chinese|zh_abstract|cn_abstract|chinese abstract|translated abstract|abstract_translated|中文摘要|摘要翻译|摘要（中文）|摘要(中文)|摘要（译文）|摘要(译文)",
    "link": "link|links|url|urls|abs|abs url|abs_url|arxiv link|arxiv url|arxiv_url|paper link|paper url|paper_url|lien|enlace|链接|鏈接|論文連結|论文链接|原文链接|地址|リンク|링크",
    "pdf": "pdf|pdf url|pdf_url|pdf link|pdf_link|pdf链接|下载|下载链接",
    "html": "html|html url|html_url|html link|html_link|html链接",
    "code": "code|codes|code link|code url|code_url|repo|repository|github|source code|code/project|代码/项目|代码|代码链接|源码|コード|코드",
    "project": "project|project page|project_page|project link|homepage|website|page|项目|项目主页|主页",
    "date": "date|publish date|publish_date|published|published at|published_at|published date|published_date|publication date|pubdate|pub_date|announced|submitted|submitted on|fecha|datum|日期|发布日期|发布时间|发表日期|发表时间|提交日期|提交时间|公開日|날짜",
    "updated": "updated|update|update date|updated at|updated_at|last updated|last_updated|更新|更新日期|更新时间",
    "categories": "category|categories|cat|cats|subject|subjects|tag|tags|kategorie|catégorie|categoría|分类|类别|分類|学科|主题分类|カテゴリ|분류",
    "primary_category": "primary category|primary_category|main category|main_category|primary subject|主分类|主要分类|主类别",
    "topic": "topic|topics|field|area|domain|list|主题|领域|方向|研究方向",
    "comment": "comment|comments|note|notes|remark|remarks|备注|备註|備註|注释|评论|说明|コメント|비고",
    "doi": "doi",
    "journal_ref": "journal|journal ref|journal_ref|journal-ref|journal reference|期刊|期刊引用",
    "announce_type": "type|announce type|announce_type|announcement type|类型|公告类型|状态",
    "score": "score|relevance|relevance score|rating|similarity|评分|得分|分数|相关性|相关度|推荐指数",
    "summary": "ai summary|ai_summary|llm summary|gpt summary|generated summary|summary (ai)|总结|小结|ai总结|ai 总结|ai摘要|ai 摘要|摘要总结|论文总结|요약",
    "tldr": "tldr|tl;dr|tl dr|tl,dr|太长不看|一句话总结|一句话要点|简介|速览",
    "keywords": "keyword|keywords|key words|关键词|关键字|キーワード|키워드",
    "affiliations": "affiliation|affiliations|institution|institutions|organization|organisations|机构|单位|作者单位|所属|소속",
    "translation": "translate|translation|translated|translation (zh)|译文|翻译|中文翻译",
    "venue": "venue|conference|published in|会议|发表于|会议/期刊",
    "upvotes": "upvotes|likes|stars|votes|点赞|点赞数|星标",
}  # fmt: skip
"""Known names of each role, divided by `|`, in the form that `normal_name` gives."""

_DECORATION = re.compile(r"^[\s*_`~#>:：\-–—•·|]+|[\s*_`~>:：|]+$")
_SPACES = re.compile(r"\s+")
_LONGEST_NAME = 60
_NUMBER_SIGN = "#"
_BEFORE = " \t\n\r\f\v\x1c\x1d\x1e\x1f*_~#>:-|"
_BEHIND = " \t\n\r\f\v\x1c\x1d\x1e\x1f*_~>:|"
"""What of `_DECORATION` is ASCII."""


def normal_name(written: str) -> str:
    """Name of a field without stars, emoji, list marks and colon; full-width folded, lower case."""
    if written.strip(" \t*_`") == _NUMBER_SIGN:
        return _NUMBER_SIGN
    if written.isascii():
        plain = written[: 4 * _LONGEST_NAME].replace("`", "").replace("^", "")
        return " ".join(plain.lstrip(_BEFORE).rstrip(_BEHIND).split()).lower()
    plain = unicodedata.normalize("NFKC", written[: 4 * _LONGEST_NAME])
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"So", "Sk", "Mn", "Cf"})
    return _SPACES.sub(" ", _DECORATION.sub("", plain)).casefold()


def _roles() -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for role, names in NAMES.items():
        for name in names.split("|"):
            roles.setdefault(normal_name(name), role)
    return roles


_ROLES = _roles()


@lru_cache(maxsize=4096)
def field_role(written: str) -> Role | None:
    """Role of a field called `written` (`**作者**：` is authors); None if the name is not known."""
    return _ROLES.get(normal_name(written)) if len(written) <= _LONGEST_NAME else None


def role_of_normal_name(name: str) -> Role | None:
    """Role of a field whose `normal_name` this is; None if it is not known."""
    return _ROLES.get(name)


def roles_of(names: Iterable[str]) -> dict[Role, str]:
    """Choose the first name of each role; names without a role are left out."""
    found: dict[Role, str] = {}
    for name in names:
        role = field_role(name)
        if role is not None:
            found.setdefault(role, name)
    return found
