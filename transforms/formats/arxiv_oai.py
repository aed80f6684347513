"""Pages of arXiv's OAI-PMH service that somebody saved: records as `arXivRaw`, `arXiv` or `oai_dc`.

```
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header>
<identifier>oai:arXiv.org:0712.3217</identifier><datestamp>2015-05-12</datestamp></header><metadata>...
```
They are arXiv's answers, as those of a harvest are, and no listings. A deleted record is about no paper that is there.
"""

from datetime import date

from paperhouse.transforms.arxiv.oai_pmh import OAI, read_oai_record
from paperhouse.transforms.arxiv.records import ArxivRecord, settle_abstract
from paperhouse.transforms.arxiv.xml import DC, Node, one_line
from paperhouse.transforms.digest import DigestFormat, Entry, Parsed
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.exports.names import turned_name
from paperhouse.transforms.exports.references import Reference, reference_entry
from paperhouse.transforms.exports.saved_xml import read_saved, root_of

_ROOT = "OAI-PMH"
_DUBLIN_CORE = "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
_ARXIV = "arxiv"
_RECORD = "<record"


def recognise(head: str) -> bool:
    """Whether the root is OAI-PMH's, and there is a record of arXiv's."""
    root = root_of(head)
    return root is not None and root.name == _ROOT and _RECORD in head and _ARXIV in head.casefold()


def parse(text: str) -> Parsed:
    """Read every record."""
    root = root_of(text)
    return read_saved(text, root, "record", _read_record) if root else Parsed(unit="record")


def _read_record(node: Node, known: frozenset[str]) -> ArxivRecord | Entry | None:
    metadata = node.one(f"{OAI}metadata")
    core = metadata.one(_DUBLIN_CORE) if metadata is not None else None
    return read_oai_record(node, known) if core is None else _read_core(node, core)


def _read_core(node: Node, core: Node) -> Entry:
    """Entry of a record in Dublin Core: names are turned round, the first description is the abstract."""
    header = node.required(f"{OAI}header")
    texts = [one.text for one in core.all(f"{DC}description")]
    stamp = header.line_of_text(f"{OAI}datestamp") or ""
    titles = core.all(f"{DC}title")
    entry = reference_entry(
        Reference(
            title=one_line(titles[0].text) if titles else None,
            authors=[turned_name(one.text) for one in core.all(f"{DC}creator")],
            abstract=settle_abstract(texts[0]) if texts else None,
            identifiers=[
                header.line_of_text(f"{OAI}identifier"),
                *(one.text for one in core.all(f"{DC}identifier")),
            ],
            comment=texts[1].removeprefix("Comment:") if len(texts) > 1 else None,
        )
    )
    if isinstance(entry, str):
        msg = f"line {node.line_start}: a record without an identifier of arXiv's"
        raise InvalidArxivIdError(msg, line=node.line_start)
    entry.stated_date, entry.stated_date_kind = date.fromisoformat(stamp[:10]), "changed"
    return entry


FORMAT = DigestFormat(
    name="arxiv_oai",
    description="arXiv's OAI-PMH: a harvest's replies, and pages saved on disk; answers, no listings",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
