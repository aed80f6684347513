"""DataCite's record of an arXiv DOI (`10.48550/arXiv.ID`): the same paper, as arXiv registered it there.

The reply is JSON:API, `{"data": {"id", "type": "dois", "attributes": {...}}}`, with the properties of DataCite's
metadata schema. It is thinner than arXiv's own records: no journal reference, author names in two parts, DOIs in
lower case, and `<`, `>` and `&` of running text as character references.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.records import (
    ArxivRecord,
    read_time,
    says_withdrawn,
    settle_abstract,
    sort_codes,
)
from paperhouse.transforms.arxiv.xml import one_line
from paperhouse.transforms.digest import Entry, Reject
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError

DOI_PREFIX: Final = "10.48550/arxiv."
_CATEGORY: Final = re.compile(r"\(([a-z][a-zA-Z-]*(?:\.[a-zA-Z-]+)?)\)\s*\Z")
_ORCID: Final = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9Xx]")
_VERSION: Final = re.compile(r"v?([1-9][0-9]{0,2})")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_REFERENCES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&"))
"""What DataCite writes for characters that HTML reserves; `&amp;` last, so that nothing is decoded twice."""
_SHOWN: Final = 80

Attributes = dict[str, Any]


@dataclass(slots=True)
class DatacitePage:
    """One reply: a record, a reject if it lacks what every paper has, or neither where DataCite knows no such DOI."""

    n_records: int = 0
    records: list[ArxivRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    error: str | None = None


def read_datacite_reply(content: bytes, known: frozenset[str]) -> DatacitePage:
    """Read the reply to a request for one DOI; `known` is arXiv's taxonomy.

    Raises:
        ReplyError: it is no JSON, is cut off, or is neither a DOI's record nor the error for an unknown one.
    """
    reply = _load(content)
    errors, data = reply.get("errors"), reply.get("data")
    if isinstance(errors, list) and errors and data is None:
        return DatacitePage(error=_error_of(errors[0]))
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or data.get("type") != "dois" or not isinstance(attributes, dict):
        msg = f"the reply holds no record of a DOI; it starts {content[:_SHOWN]!r}"
        raise ReplyError(msg, is_retryable=False)
    page = DatacitePage(n_records=1)
    try:
        page.records.append(_read_record(attributes, known, content.count(b"\n") + 1))
    except InvalidArxivIdError:
        page.rejects.append(_reject(content, "no_arxiv_id"))
    except (ReplyError, ValueError, TypeError):
        page.rejects.append(_reject(content, "malformed_record"))
    return page


def _load(content: bytes) -> Attributes:
    try:
        reply = json.loads(content)
    except (ValueError, RecursionError) as error:
        msg = f"the reply is cut off or no JSON ({str(error)[:_SHOWN]}); it starts {content[:_SHOWN]!r}"
        raise ReplyError(msg, is_retryable=True) from error
    if not isinstance(reply, dict):
        msg = (
            f"the reply is a JSON {type(reply).__name__}, expected an object; it starts {content[:_SHOWN]!r}"
        )
        raise ReplyError(msg, is_retryable=False)
    return reply


def _error_of(error: object) -> str:
    """Words of the error that says that there is no such DOI.

    Raises:
        ReplyError: it is another one.
    """
    facts = error if isinstance(error, dict) else {}
    words = str(facts.get("title") or "no reason given")[:_SHOWN]
    if str(facts.get("status")) != "404":
        msg = f"DataCite refuses the question: {words} ({facts.get('status')})"
        raise ReplyError(msg, is_retryable=False)
    return words


def _reject(content: bytes, reason: str) -> Reject:
    return Reject(1, content.count(b"\n") + 1, reason, content.decode("utf-8", "replace"))


def _read_record(attributes: Attributes, known: frozenset[str], n_lines: int) -> ArxivRecord:
    arxiv_id = _identifier(attributes)
    submitted = _versions(attributes)
    stated = _VERSION.fullmatch(_text(attributes.get("version")).strip())
    version = max(submitted, default=int(stated[1]) if stated else None)
    title = _title(attributes)
    names = [_name(one) for one in _objects(attributes, "creators")]
    abstract = settle_abstract(_description(attributes, "Abstract"))
    comment = _description(attributes, "Other")
    codes = sort_codes(_terms(attributes), known)
    entry = Entry(
        line_start=1,
        line_end=n_lines,
        arxiv_id=arxiv_id,
        version=version,
        title=title,
        authors=names,
        authors_completeness="full" if names else "none",
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        primary_category=codes.categories[0] if codes.categories else None,
        categories=codes.categories,
        comment=one_line(comment) if comment else None,
        doi=_published_doi(attributes),
        published_at=submitted.get(1),
        updated_at=submitted.get(version) if version else None,
    )
    return ArxivRecord(
        entry,
        affiliations=_affiliations(attributes),
        acm_classes=codes.acm_classes,
        msc_classes=codes.msc_classes,
        other_codes=codes.other_codes,
        is_withdrawn=says_withdrawn(entry.comment, abstract),
    )


def _identifier(attributes: Attributes) -> str:
    doi = _text(attributes.get("doi")).lower()
    if not doi.startswith(DOI_PREFIX):
        msg = f"{doi[:_SHOWN]!r} is no DOI of arXiv's; expected {DOI_PREFIX} and an identifier"
        raise InvalidArxivIdError(msg, identifier=doi)
    return split_version(doi.removeprefix(DOI_PREFIX))[0]


def _title(attributes: Attributes) -> str:
    titles = [one for one in _objects(attributes, "titles") if one.get("titleType") is None]
    title = one_line(_text(titles[0].get("title"))) if titles else ""
    if not title:
        msg = "the record has no title"
        raise ReplyError(msg, is_retryable=False)
    return title


def _name(creator: Attributes) -> str:
    """A creator as arXiv writes the name: given name first; what is no person stands as it is."""
    given, family, name = (one_line(_text(creator.get(key))) for key in ("givenName", "familyName", "name"))
    if given and family:
        return f"{given} {family}"
    if creator.get("nameType") == "Personal" and name.count(", ") == 1:
        last, _, first = name.partition(", ")
        return f"{first} {last}"
    if not (name or family):
        msg = "a creator has no name"
        raise ReplyError(msg, is_retryable=False)
    return name or family


def _affiliations(attributes: Attributes) -> list[tuple[int, str]]:
    """Affiliations of the creators by place, from 1, and their ORCID iDs as addresses."""
    stated = [
        (position, text)
        for position, creator in enumerate(_objects(attributes, "creators"), 1)
        for text in (*_places(creator), *_orcids(creator))
    ]
    return [(position, text) for position, text in stated if text]


def _places(creator: Attributes) -> list[str]:
    """Affiliations: DataCite gives each as text, or as an object if it is asked to."""
    named = creator.get("affiliation")
    listed = named if isinstance(named, list) else []
    return [one_line(_text(one.get("name") if isinstance(one, dict) else one)) for one in listed]


def _orcids(creator: Attributes) -> list[str]:
    found = [
        _ORCID.search(_text(one.get("nameIdentifier")))
        for one in _objects(creator, "nameIdentifiers")
        if _text(one.get("nameIdentifierScheme")).upper() == "ORCID"
    ]
    return [f"https://orcid.org/{match[0].upper()}" for match in found if match]


def _description(attributes: Attributes, kind: str) -> str | None:
    """The only description of this kind: arXiv registers the abstract, and the authors' comment as `Other`."""
    texts = [
        _text(one.get("description"))
        for one in _objects(attributes, "descriptions")
        if one.get("descriptionType") == kind
    ]
    return texts[0] if len(texts) == 1 and texts[0].strip() else None


def _terms(attributes: Attributes) -> list[str]:
    """Codes among the subjects: `Machine Learning (cs.LG)` of arXiv's scheme, primary first; classes as they stand.

    `FOS: Computer and information sciences` is DataCite's own addition, and no code.
    """
    terms: list[str] = []
    for one in _objects(attributes, "subjects"):
        scheme, subject = one.get("subjectScheme"), _text(one.get("subject"))
        match = _CATEGORY.search(subject)
        if scheme == "arXiv" and match:
            terms.append(match[1])
        elif scheme in ("MSC", "ACM"):
            terms.append(subject)
    return terms


def _versions(attributes: Attributes) -> dict[int, datetime]:
    """When each version was submitted: dates of type Submitted say in `dateInformation` of which one they are."""
    submitted: dict[int, datetime] = {}
    for one in _objects(attributes, "dates"):
        match = _VERSION.fullmatch(_text(one.get("dateInformation")).strip())
        if one.get("dateType") == "Submitted" and match:
            submitted[int(match[1])] = read_time(_text(one.get("date")))
    return submitted


def _published_doi(attributes: Attributes) -> str | None:
    """DOI of the published article; several stand side by side, as arXiv writes them."""
    dois = [
        _text(one.get("relatedIdentifier")).strip()
        for one in _objects(attributes, "relatedIdentifiers")
        if (one.get("relationType"), one.get("relatedIdentifierType")) == ("IsVersionOf", "DOI")
    ]
    return " ".join(doi for doi in dict.fromkeys(dois) if doi) or None


def _objects(attributes: Attributes, name: str) -> list[Attributes]:
    """A property that is a list of objects; none where it is left out or null.

    Raises:
        ReplyError: it is something else.
    """
    found = attributes.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        msg = f"{name!r} is no list of objects"
        raise ReplyError(msg, is_retryable=False)
    return found


def _text(value: object) -> str:
    """Text of a property, its character references decoded; empty where it is left out or null.

    Raises:
        ReplyError: it is no text, or holds half of a character.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or _SURROGATE.search(value):
        msg = f"{str(value)[:_SHOWN]!a} is no text"
        raise ReplyError(msg, is_retryable=False)
    for reference, character in _REFERENCES:
        value = value.replace(reference, character)
    return value
