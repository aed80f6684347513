"""Which blocks of a text are its records: the outermost kind of block that holds one paper each."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.formats.generic.blocks import TextBlock, read_blocks
from paperhouse.transforms.formats.generic.line_ranks import LineMention
from paperhouse.transforms.formats.generic.segments import bare_text
from paperhouse.transforms.formats.generic.title_scores import title_score

Signature = tuple[str, int]
Paper = tuple[str, int | None]

_MOST_SCORED: Final = 100
_PURE_SHARE: Final = 0.85
"""Part of the blocks of a kind, of those that name a paper, that name one paper only if the kind is the record."""


@dataclass(slots=True)
class NamedPapers:
    """What the lines of one block name, by how: in its own head, in fields, as titles, and only in passing."""

    head: dict[str, int | None] = field(default_factory=dict)
    fields: dict[str, int | None] = field(default_factory=dict)
    titles: dict[str, int | None] = field(default_factory=dict)
    passing: dict[str, int | None] = field(default_factory=dict)

    def papers(self) -> dict[str, int | None]:
        """Papers of the strongest way that names any; what is named in passing does not count."""
        return self.head or self.fields or self.titles


@dataclass(slots=True)
class Selection:
    """Blocks that are records, in order, with what each names, and why these."""

    records: list[tuple[TextBlock, NamedPapers]]
    signatures: list[Signature]
    n_blocks: int
    """Blocks of the records' kinds, whether they name a paper or not."""
    n_chars: int
    """Characters in those blocks."""


class Selector:
    """The tree of a text's blocks, with what each block names."""

    def __init__(self, lines: list[str], mentions: list[LineMention]) -> None:
        self._lines = lines
        self._at: dict[int, list[LineMention]] = defaultdict(list)
        for mention in mentions:
            self._at[mention.line].append(mention)
        self._mentioned = sorted(self._at)
        self.root = read_blocks(lines)
        self._split_mixed(self.root)
        self._named: dict[int, NamedPapers] = {}
        self._name(self.root)

    def named(self, block: TextBlock) -> NamedPapers:
        """What the block names."""
        return self._named[id(block)]

    def _split_mixed(self, root: TextBlock) -> None:
        """Look into quotes and between rules where one of them holds several papers."""
        pending = [root]
        while pending:
            block = pending.pop()
            if block.kind == "quote" and block.level == 0 and self._n_papers(block) > 1:
                inner = [
                    re.sub(r"^[ \t]*>[ ]?", "", line) for line in self._lines[block.start - 1 : block.end]
                ]
                block.children = read_blocks(inner, block.start).children
            elif (
                block.kind in {"page", "h", "details"}
                and sum(child.kind == "hr" for child in block.children) > 1
            ):
                block.children = list(_between_rules(block))
            pending += block.children

    def _n_papers(self, block: TextBlock) -> int:
        return len(
            {m.mention.arxiv_id for line in range(block.start, block.end + 1) for m in self._at.get(line, ())}
        )

    def _name(self, root: TextBlock) -> None:
        """Note for every block what it names, the innermost first."""
        order: list[TextBlock] = []
        pending = [root]
        while pending:
            block = pending.pop()
            order.append(block)
            pending += block.children
        for block in reversed(order):
            self._named[id(block)] = self._named_in(block)

    def _named_in(self, block: TextBlock) -> NamedPapers:
        named = NamedPapers()
        at = bisect_left(self._mentioned, block.start)
        if at == len(self._mentioned) or self._mentioned[at] > block.end:
            return named
        head = self._head(block)
        covered = [(child.start, child.end) for child in block.children]
        own = {*_uncovered(block, covered), head}
        for line in sorted(own & self._at.keys()):
            for found in self._at[line]:
                self._note(named, found, is_head=line == head and block.kind != "page")
        for group in _by_signature(block.children):
            self._merge(named, [self._named[id(child)] for child in group])
        return named

    def _merge(self, named: NamedPapers, children: list[NamedPapers]) -> None:
        """Add what blocks of one kind name to what their parent names.

        Where some of them have papers of their own as titles, a field of one of them is no field of the parent.
        """
        papers = {paper for child in children for paper in child.papers()}
        is_list = len(papers) > 1 and any(child.head or child.titles for child in children)
        for child in children:
            _update(named.titles if is_list else named.fields, child.fields)
            _update(named.titles, child.head)
            _update(named.titles, child.titles)
            _update(named.passing, child.passing)

    def _head(self, block: TextBlock) -> int:
        """Line that names the block: its first, and of `<details>` that with the summary."""
        following = block.start + 1
        if (
            block.kind == "details"
            and following <= block.end
            and "<summary" not in self._lines[block.start - 1]
        ):
            return following if "<summary" in self._lines[following - 1] else block.start
        return block.start

    def _note(self, named: NamedPapers, found: LineMention, *, is_head: bool) -> None:
        target = {"field": named.fields, "title": named.titles, "passing": named.passing}[found.rank]
        if is_head and found.rank == "title":
            target = named.head
        paper = found.mention
        if target.get(paper.arxiv_id) is None:
            target[paper.arxiv_id] = paper.version

    def select(self, wanted: tuple[str, int | None] | None = None) -> Selection:
        """The records, found from the outside in; of the kind of block that is `wanted`, where one is."""
        by_signature: dict[Signature, list[TextBlock]] = defaultdict(list)
        for block in self._walk(self.root):
            by_signature[block.signature].append(block)
        pure = {s for s, blocks in by_signature.items() if s[0] != "hr" and self._is_pure(blocks)}
        if wanted is not None:
            pure = {s for s in by_signature if s[0] == wanted[0] and wanted[1] in {None, s[1]}}
        else:
            pure -= self._beaten(by_signature, pure)
        records = list(self._records(self.root, pure))
        used = sorted({block.signature for block, _ in records})
        same = [block for signature in used for block in by_signature[signature]]
        same = self._without_field_sections(same, records)
        chars = sum(
            len(self._lines[n - 1]) + 1
            for block in _outermost(same)
            for n in range(block.start, block.end + 1)
        )
        return Selection(records, used, len(same), chars)

    def _beaten(self, by_signature: dict[Signature, list[TextBlock]], pure: set[Signature]) -> set[Signature]:
        """Kinds of blocks inside of which another kind has the heads of papers."""
        return {s for s in pure if self._has_better_inside(s, by_signature, pure)}

    def _without_field_sections(
        self, blocks: list[TextBlock], records: list[tuple[TextBlock, NamedPapers]]
    ) -> list[TextBlock]:
        """Blocks without the sections of one level that are fields of the record above them, which grows by them.

        Such a section names no paper, and its heading stands below many records: `### Summary`.
        """
        chosen = {id(block) for block, _ in records if block.kind == "h"}
        if not chosen:
            return blocks
        heads = Counter(self._field_head(block) for block in blocks if id(block) not in chosen)
        often = {head for head, count in heads.items() if head and count >= max(2, len(chosen) // 2)}
        kept: list[TextBlock] = []
        record: TextBlock | None = None
        for block in sorted(blocks, key=lambda b: b.start):
            if id(block) in chosen:
                record = block
            elif record is not None and block.start == record.end + 1 and self._field_head(block) in often:
                record.end = block.end
                continue
            else:
                record = None
            kept.append(block)
        return kept

    def _field_head(self, block: TextBlock) -> str:
        return bare_text(self._lines[block.start - 1].lstrip("# \t")).split("：")[0].split(":")[0]

    def _walk(self, root: TextBlock) -> Iterator[TextBlock]:
        pending = [root]
        while pending:
            block = pending.pop()
            yield block
            pending += block.children

    def _is_pure(self, blocks: list[TextBlock]) -> bool:
        counts = [n for block in blocks if (n := len(self.named(block).papers()))]
        return bool(counts) and sum(n == 1 for n in counts) >= _PURE_SHARE * len(counts)

    def _has_better_inside(
        self, outer: Signature, by_signature: dict[Signature, list[TextBlock]], pure: set[Signature]
    ) -> bool:
        """Whether a kind of block inside this one is as pure and has the heads of papers, which this one has not."""
        blocks = [block for block in by_signature[outer] if self.named(block).papers()]
        if any(self.named(block).head for block in blocks):
            return False
        inner: dict[Signature, list[TextBlock]] = defaultdict(list)
        for block in blocks:
            for child in self._walk(block):
                if (
                    child is not block
                    and child.signature in pure
                    and child.signature != outer
                    and self.named(child).papers()
                ):
                    inner[child.signature].append(child)
        own = self._mean_score(blocks)
        return any(
            len(children) >= len(blocks) and self._mean_score(children) > own for children in inner.values()
        )

    def _mean_score(self, blocks: list[TextBlock]) -> float:
        """Score of the first blocks of a kind: a hundred say what a thousand would."""
        seen = blocks[:_MOST_SCORED]
        scores = (
            title_score(block, self._lines[self._head(block) - 1], has_head=bool(self.named(block).head))
            for block in seen
        )
        return sum(scores) / len(seen)

    def _records(self, block: TextBlock, pure: set[Signature]) -> Iterator[tuple[TextBlock, NamedPapers]]:
        pending = [block]
        while pending:
            here = pending.pop()
            named = self.named(here)
            if not (named.head or named.fields or named.titles):
                continue
            if here.signature in pure or not here.children:
                yield here, named
                continue
            pending += reversed(here.children)


def _by_signature(children: list[TextBlock]) -> list[list[TextBlock]]:
    groups: dict[Signature, list[TextBlock]] = {}
    for child in children:
        groups.setdefault(child.signature, []).append(child)
    return list(groups.values())


def _update(papers: dict[str, int | None], more: dict[str, int | None]) -> None:
    """Add papers; a version that was not known yet is taken over."""
    for arxiv_id, version in more.items():
        if papers.get(arxiv_id) is None:
            papers[arxiv_id] = version


def _uncovered(block: TextBlock, covered: list[tuple[int, int]]) -> Iterator[int]:
    line = block.start
    for start, end in covered:
        yield from range(line, start)
        line = max(line, end + 1)
    yield from range(line, block.end + 1)


def _between_rules(block: TextBlock) -> Iterator[TextBlock]:
    """Children between rules as one block each; a single child stays as it is."""
    run: list[TextBlock] = []
    for child in [*block.children, None]:
        if child is not None and child.kind != "hr":
            run.append(child)
            continue
        if len(run) > 1:
            yield TextBlock("rules", 0, run[0].start, run[-1].end, children=run)
        else:
            yield from run
        run = []
        if child is not None:
            yield child


def _outermost(blocks: list[TextBlock]) -> Iterator[TextBlock]:
    end = 0
    for block in sorted(blocks, key=lambda b: (b.start, -b.end)):
        if block.start > end:
            yield block
            end = block.end
