"""Look one paper up by identifier in arXiv's OAI-PMH service."""

from functools import partial
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from paperhouse.flows.arxiv.client.oai_pmh import CONTENT_TYPES
from paperhouse.flows.arxiv.client.polite_client import Client, Fetched
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix, OaiPage, read_oai_reply
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError

UNKNOWN: Final = "idDoesNotExist"
NOT_IN_FORMAT: Final = "cannotDisseminateFormat"
_PREFIXES: Final[dict[str, MetadataPrefix]] = {"arXivRaw": "arXivRaw", "arXiv": "arXiv"}


def record_url(base_url: str, arxiv_id: str, prefix: MetadataPrefix) -> str:
    """Address of a paper's record in one of the two formats."""
    query = {"verb": "GetRecord", "metadataPrefix": prefix, "identifier": f"oai:arXiv.org:{arxiv_id}"}
    return f"{base_url}?{urlencode(query)}"


def record_asked(url: str, base_url: str) -> tuple[str, MetadataPrefix] | None:
    """Identifier and format of a request that `record_url` made; None if it is another request."""
    query = dict(parse_qsl(urlsplit(url).query))
    prefix = _PREFIXES.get(query.get("metadataPrefix", ""))
    if not url.startswith(f"{base_url}?") or query.get("verb") != "GetRecord" or prefix is None:
        return None
    try:
        return split_version(query.get("identifier", ""))[0], prefix
    except InvalidArxivIdError:
        return None


def fetch_record(
    client: Client, arxiv_id: str, prefix: MetadataPrefix, *, base_url: str, known: frozenset[str]
) -> Fetched[OaiPage]:
    """Fetch the record of a paper, or arXiv's word that it has none, in this format or at all.

    Raises:
        RemoteError: no reply came that can be believed.
    """
    return client.fetch(
        record_url(base_url, arxiv_id, prefix),
        partial(read_single_record, arxiv_id=arxiv_id, prefix=prefix, known=known),
        content_types=CONTENT_TYPES,
    )


def read_single_record(
    content: bytes, *, arxiv_id: str, prefix: MetadataPrefix, known: frozenset[str]
) -> OaiPage:
    """Read the reply about one paper.

    Raises:
        ReplyError: it is malformed, is about another paper, or an error that says nothing of this one.
    """
    page = read_oai_reply(content, prefix, known)
    if page.error is not None:
        if page.error.code not in (UNKNOWN, NOT_IN_FORMAT):
            msg = f"arXiv refuses the question: {page.error.message} ({page.error.code})"
            raise ReplyError(msg, code=page.error.code, is_retryable=False)
        return page
    named = [record.entry.arxiv_id for record in page.records] + [one.arxiv_id for one in page.deleted]
    if page.n_records != 1 or any(one != arxiv_id for one in named):
        shown = ", ".join(named[:3]) or "what cannot be read"
        msg = f"the reply holds {page.n_records} records ({shown}), asked for {arxiv_id}"
        raise ReplyError(msg, n_records=page.n_records, is_retryable=True)
    return page
