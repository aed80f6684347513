"""Look one paper up by its DOI at DataCite, where arXiv registers `10.48550/arXiv.ID`."""

from functools import partial
from http import HTTPStatus
from typing import Final

from paperhouse.flows.arxiv.client.polite_client import Client, Fetched
from paperhouse.transforms.arxiv.datacite import DOI_PREFIX, DatacitePage, read_datacite_reply
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError

CONTENT_TYPES: Final = frozenset({"application/vnd.api+json", "application/json"})
_STATUSES: Final = frozenset({HTTPStatus.OK.value, HTTPStatus.NOT_FOUND.value})
_DOI: Final = "10.48550/arXiv."


def doi_url(base_url: str, arxiv_id: str) -> str:
    """Address of the record of a paper's DOI."""
    return f"{base_url}/{_DOI}{arxiv_id}"


def doi_asked(url: str, base_url: str) -> str | None:
    """Identifier of a request that `doi_url` made; None if it is another request."""
    path = url.removeprefix(f"{base_url}/")
    if path == url or not path.lower().startswith(DOI_PREFIX):
        return None
    try:
        return split_version(path[len(_DOI) :])[0]
    except InvalidArxivIdError:
        return None


def fetch_doi(
    client: Client, arxiv_id: str, *, base_url: str, known: frozenset[str]
) -> Fetched[DatacitePage]:
    """Fetch the record of a paper's DOI, or DataCite's word that there is no such DOI.

    Raises:
        RemoteError: no reply came that can be believed.
    """
    read = partial(read_doi, arxiv_id=arxiv_id, known=known)
    return client.fetch(doi_url(base_url, arxiv_id), read, content_types=CONTENT_TYPES, statuses=_STATUSES)


def read_doi(content: bytes, *, arxiv_id: str, known: frozenset[str]) -> DatacitePage:
    """Read the reply about one DOI.

    Raises:
        ReplyError: it is malformed, or about another paper.
    """
    page = read_datacite_reply(content, known)
    for record in page.records:
        if record.entry.arxiv_id != arxiv_id:
            msg = f"the reply holds {record.entry.arxiv_id}, asked for {arxiv_id}"
            raise ReplyError(msg, arxiv_id=record.entry.arxiv_id, is_retryable=True)
    return page
