"""Attacks on regular expressions, built from the expressions themselves.

A pattern is parsed as Python's own compiler parses it. Each repetition in it is pumped: what leads to it, then a run
of something that it takes, then something that makes the match fail. Where two parts of a pattern can share such a run,
the engine tries every way to share it, and twice the run takes four times the work or worse.
"""

import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise, product
from re import _constants as op
from re import _parser as parser
from statistics import median
from typing import Final

ALPHABET: Final = "a0 \t\n_-.,:;/*|[](){}<>#'\"\\=&@~`!é中\ufffd"
"""Characters that stand for kinds of characters; those of the pattern are added."""
SUFFIXES: Final = ("", "\0", "\n\0", "}")
FEW: Final = 3
LONG: Final = 12
"""From so many on a repetition is worth pumping; shorter ones cost a fixed factor at most."""
FIRST_SIZE: Final = 4_000
SMALLEST_SIZE: Final = 40
NOTICEABLE: Final = 0.0015
"""Seconds: at the first size a linear search takes a tenth of this."""
MOST: Final = 3.0
SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Attack:
    """A text that grows by its pump, and the repetition that it is aimed at."""

    prefix: str
    pump: str
    suffix: str

    def text(self, size: int) -> str:
        return self.prefix + self.pump * max(size // len(self.pump), 2) + self.suffix


@dataclass(frozen=True, slots=True)
class Growth:
    """How much longer twice the text takes; or that it took too long to say."""

    attack: Attack
    method: str
    ratio: float
    seconds: float
    size: int

    def __str__(self) -> str:
        return (
            f"{self.method} of {self.attack.prefix[:40]!r} + {self.attack.pump[:40]!r} * n + {self.attack.suffix!r}: "
            f"{self.ratio:.1f} times the work for twice the text, {self.seconds:.2f} s at {self.size:,} characters"
        )


def attacks(pattern: re.Pattern) -> Iterator[Attack]:
    """Texts that pump every long repetition of a pattern."""
    if isinstance(pattern.pattern, bytes):
        tree = parser.parse(pattern.pattern.decode("latin-1"), pattern.flags & ~re.LOCALE)
    else:
        tree = parser.parse(pattern.pattern, pattern.flags)
    letters = _letters(pattern)
    seen = set()
    for before, body in _repetitions(list(tree), ((),), letters):
        for prefix in ("", *before):
            pumps = dict.fromkeys(
                (*body, *(lead + piece for lead in before for piece in body[:FEW]), *before)
            )
            for pump, suffix in product(filter(None, pumps), SUFFIXES):
                if (prefix, pump, suffix) not in seen:
                    seen.add((prefix, pump, suffix))
                    yield Attack(prefix, pump, suffix)


def _letters(pattern: re.Pattern) -> str:
    written = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    return "".join(dict.fromkeys(ALPHABET + "".join(c for c in written if c.isalnum())))


def _repetitions(
    nodes: Sequence, before: Sequence, letters: str
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every long repetition: words that lead to it, and words that it takes."""
    leads = tuple("".join(lead) for lead in before)
    for node in nodes:
        kind, argument = node
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            _, most, body = argument
            words = _words(list(body), letters, 8)
            if most >= LONG:
                yield leads, words
            yield from _repetitions(list(body), [(lead,) for lead in leads], letters)
        else:
            for inner in _inner(kind, argument):
                yield from _repetitions(list(inner), [(lead,) for lead in leads], letters)
        follow = _words([node], letters, FEW)
        leads = (
            tuple(dict.fromkeys(lead + word for lead in leads for word in follow))[:FEW] if follow else leads
        )


def _inner(kind: object, argument: object) -> list:
    if kind is op.SUBPATTERN:
        return [argument[-1]]
    if kind is op.BRANCH:
        return argument[1]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [argument[1]]
    if kind is op.ATOMIC_GROUP:
        return [argument]
    return []


def _words(nodes: Sequence, letters: str, most: int) -> tuple[str, ...]:
    """Some short words that a part of a pattern takes."""
    words = ("",)
    for node in nodes:
        found = _words_of(node, letters, most)
        words = tuple(
            dict.fromkeys(islice((word + more for word, more in product(words, found)), most * most))
        )
        if len(words) > most:
            step = len(words) / most
            words = tuple(words[int(number * step)] for number in range(most))
    return words


def _words_of(node: tuple, letters: str, most: int) -> tuple[str, ...]:
    kind, argument = node
    if kind is op.LITERAL:
        return (chr(argument),)
    if kind in (op.NOT_LITERAL, op.ANY, op.IN):
        return tuple(letter for letter in letters if _takes(node, letter))[: 4 * most]
    if kind is op.BRANCH:
        return tuple(word for inner in argument[1][:most] for word in _words(list(inner), letters, FEW))
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, _, body = argument
        words = _words(list(body), letters, most)
        return tuple(
            dict.fromkeys((*((word * max(least, 1)) for word in words), *([""] if least == 0 else [])))
        )
    if kind in (op.SUBPATTERN, op.ATOMIC_GROUP):
        return _words(list(_inner(kind, argument)[0]), letters, most)
    return ("",)  # places, lookarounds, back references: what they ask for, other words give by chance


def _takes(node: tuple, letter: str) -> bool:
    kind, argument = node
    if kind is op.ANY:
        return letter != "\n"
    if kind is op.NOT_LITERAL:
        return ord(letter) != argument
    return _in_class(argument, letter)


def _in_class(items: Sequence, letter: str) -> bool:
    is_negated = any(kind is op.NEGATE for kind, _ in items)
    return is_negated != any(_is_item(kind, argument, letter) for kind, argument in items)


def _is_item(kind: object, argument: object, letter: str) -> bool:
    if kind is op.LITERAL:
        return ord(letter) == argument
    if kind is op.RANGE:
        return argument[0] <= ord(letter) <= argument[1]
    if kind is op.CATEGORY:
        return _category(str(argument)).fullmatch(letter) is not None
    return False


@cache
def _category(name: str) -> re.Pattern:
    signs = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}
    words = name.removeprefix("CATEGORY_").split("_")
    sign = signs[words[-1]]
    return re.compile("\\" + (sign.upper() if "NOT" in words else sign))


class _TooLongError(BaseException):
    """The engine looks for signals while it searches, so a search can be ended."""


@contextmanager
def ending_after(seconds: float) -> Iterator[None]:
    """Raise after so many seconds of this process's own work."""

    def end(*_: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def growth_of(pattern: re.Pattern, method: str, attack: Attack) -> Growth | None:
    """More than linear growth of the work on an attack; None where there is none."""
    search = _searcher(pattern, method)
    encode = (lambda text: text.encode("latin-1", "replace")) if isinstance(pattern.pattern, bytes) else str
    size = FIRST_SIZE
    spent = _seconds(search, encode(attack.text(size)), 1)
    if spent < NOTICEABLE:
        return None
    while (
        SECONDS > spent > SECONDS / 32 and size > SMALLEST_SIZE
    ):  # worse than quadratic: measured where it still ends
        size //= 4
        spent = _seconds(search, encode(attack.text(size)), 1)
    if spent >= SECONDS:  # at least as bad as a square: a linear search takes a ten-thousandth of it
        return Growth(attack, method, float("inf"), spent, size)
    verdicts: list[bool] = []
    for repetitions in (1, 3, 5):
        works = [_seconds(search, encode(attack.text(times * size)), repetitions) for times in (1, 2, 4)]
        verdicts.append(all(more > MOST * less for less, more in pairwise(works)))
        if len(verdicts) > 1 and verdicts[-1] == verdicts[-2]:
            break
    return (
        Growth(attack, method, works[2] / max(works[1], 1e-6), works[2], 4 * size) if verdicts[-1] else None
    )


def _searcher(pattern: re.Pattern, method: str) -> Callable[[str | bytes], object]:
    if method in ("sub", "subn"):
        return lambda text: getattr(pattern, method)(text[:0], text)
    if method == "finditer":
        return lambda text: sum(1 for _ in pattern.finditer(text))
    return getattr(pattern, method)


def _seconds(search: Callable, text: str | bytes, repetitions: int) -> float:
    """The middle one of several runs: a clock of a virtual machine errs both ways."""
    spent = []
    for _ in range(repetitions):
        start = time.process_time()
        try:
            with ending_after(SECONDS):
                search(text)
        except _TooLongError:
            return SECONDS
        spent.append(time.process_time() - start)
    return median(spent)
