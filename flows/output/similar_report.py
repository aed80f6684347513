"""Similar papers as text for a terminal."""

from collections.abc import Sequence

from paperhouse.warehouse.read.similar import SimilarPaper


def describe_similar(arxiv_id: str, title: str | None, found: Sequence[SimilarPaper]) -> str:
    """The papers like one, each with its score and why."""
    lines = [f"{arxiv_id}  {title or '(no title known)'}"]
    if not found:
        lines += [
            "",
            "no paper is like it: of its title and abstract no word is known, or it is the only one",
        ]
    for one in found:
        lines += [
            "",
            f"{one.position:2}. {one.score:.2f}  {one.arxiv_id}  {one.title or '(no title known)'}",
            f"          {one.why}",
        ]
    return "\n".join(lines)
