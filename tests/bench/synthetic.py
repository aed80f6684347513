"""Digests of papers that do not exist, as many as are wanted, distributed like real ones.

    python tests/bench/synthetic.py OUT --papers 1000000 --seed 1

Writes day folders of the reporter format. The same number of papers and the same seed give the same bytes.

The figures below were measured on the reporter's digests of January to June 2025 (125 days, 1,104 files, 94.5 MB: 50,091 entries,
28,820 papers, 88,098 authors), but for `DISCOUNT` and `STRENGTH`, which were fitted to them, and `HOSTS`, counted in the
64 digests of the other families whose abstracts are not masked. Not like the real ones: who writes with whom is chance.
"""

import argparse
from array import array
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise
from math import log
from pathlib import Path
from random import Random
from typing import TypeVar

Value = TypeVar("Value")

LAST_DAY = date(2025, 6, 30)
FIRST_DAY = date(2007, 4, 2)
"""Older papers have identifiers of another form; about 1,090,000 papers fit in between."""

QUANTILES = (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1)
PAPERS_OF_DAY = (86, 97, 115, 122, 143, 156, 172, 195, 221, 258, 312, 372, 438, 617, 750)
WORDS_OF_TITLE = (1, 4, 6, 7, 8, 9, 9, 10, 11, 12, 13, 14, 16, 19, 32)
WORDS_OF_ABSTRACT = (13, 79, 107, 121, 138, 150, 161, 172, 183, 195, 210, 232, 247, 269, 350)
"""Values at `QUANTILES`."""

LENGTHS_OF_LISTS = (
    *((1, 1480), (2, 3156), (3, 4597), (4, 4724), (5, 3971), (6, 3253), (7, 2362), (8, 1673), (9, 1037), (10, 778)),
    *((11, 483), (12, 288), (13, 206), (14, 148), (15, 114), (16, 92), (17, 64), (18, 46), (19, 42), (20, 28)),
    *((25, 138), (39, 81), (74, 40), (100, 18)),
)  # fmt: skip
"""Authors of a paper, and how many papers have that many; from 21 on, the middles of 21-30, 31-50, 51-99; 100 is arXiv's limit."""

DISCOUNT, STRENGTH = 0.64, 15_000
"""Pitman-Yor process of names: of 15,237, 46,424 and 158,064 mentions in a row it makes 13,280, 34,900 and 88,301 distinct names (real:
13,189, 34,566, 88,098), the most frequent with 100 papers (98), and of 590,000 226,000 (244,000 in a larger corpus)."""

SHARE_WITH_OTHER_SPELLING = 0.03
SHARE_WITH_MIDDLE_NAME = 0.117
SHARE_HYPHENATED = 0.039
SHARE_ACCENTED = 0.03
"""Shares of the authors; of the real ones 522 are spelt in several ways, 2 % of those with several papers."""

LISTS_OF_PAPER = (
    *(("AI", 10949), ("NLP", 3115), ("LLM NLP", 2309), ("AI LLM NLP", 2274), ("AI NLP", 2018), ("AI LLM", 1688)),
    *(("AI Agent", 862), ("AI Multimodal", 749), ("IR", 657), ("AI Agent LLM", 346), ("Multimodal NLP", 272)),
    *(("AI Agent LLM NLP", 239), ("AI Multimodal NLP", 204), ("AI IR", 203), ("AI Agent NLP", 155), ("AI LLM Multimodal", 151)),
    *(("Agent LLM NLP", 141), ("IR LLM", 129), ("IR NLP", 122), ("IR LLM NLP", 102), ("LLM Multimodal NLP", 101)),
    *(("AI LLM Multimodal NLP", 99), ("AI IR NLP", 99), ("AI IR LLM", 93), ("LLM NLP RAG", 91), ("Agent NLP", 90)),
    *(("AI Agent Multimodal", 88), ("AI LLM NLP RAG", 86), ("AI IR LLM NLP", 76), ("NLP RAG", 63), ("LLM LLMs-as-Judges NLP", 62)),
    *(("AI LLM RAG", 58), ("AI LLM LLMs-as-Judges NLP", 58), ("AI NLP RAG", 53), ("AI RAG", 52), ("IR Multimodal", 51)),
    *(("IR LLM RAG", 42), ("AI Agent LLM Multimodal", 36), ("AI IR LLM NLP RAG", 33), ("IR NLP RAG", 33), ("IR RAG", 31)),
    *(("AI Agent LLM NLP RAG", 21), ("AI Agent LLM Multimodal NLP", 17), ("AI Agent IR LLM NLP RAG", 4)),
)  # fmt: skip
"""Lists of the same day that name a paper; rarer combinations and two lists that existed for a month only are left out."""

SHARE_LISTED_AGAIN = 52 / 28_820
SHARE_REWORDED = 6 / 52
"""Papers that a later day lists too, and those of them that then have another title."""

SHARE_OF_VERSIONS = 0.0
"""Links of these digests name no version."""

SHARE_WITH_LINK = 4_369 / 28_820
HOSTS = (("github.com/", 369), ("huggingface.co/", 4), ("anonymous.4open.science/r/", 3), (".github.io/", 60))
"""Abstracts that hold a URL. The reporter masks nearly all as `this https URL`; here they are written out."""

SHARE_OF_BILINGUAL_DAYS = 8_266 / 28_820
LETTERS_OF_TRANSLATED_TITLE = (4, 9, 14, 16, 19, 22, 24, 26, 28, 31, 34, 39, 46, 169, 582)
LETTERS_OF_TRANSLATED_ABSTRACT = (26, 173, 237, 271, 311, 341, 367, 393, 419, 448, 484, 536, 576, 653, 1249)
"""Chinese title and abstract, which the reporter added on some days; values at `QUANTILES`."""

SHARE_OF_LINE_BREAKS = 1_176 / 28_820

WORDS_AT_RANK = (
    *((1, 192774), (2, 165854), (3, 127361), (5, 102550), (10, 47710), (20, 22557), (50, 10271), (100, 6160)),
    *((200, 3604), (500, 1589), (1000, 812), (2000, 324), (5000, 68), (10000, 16), (20000, 4)),
)  # fmt: skip
"""How often the most frequent words of the abstracts occur, by rank."""

_MAIN_LISTS = ("NLP", "IR", "AI")
_TOPICS = ("LLMs-as-Judges", "LLM", "RAG", "Agent", "Multimodal")
_ONSETS = (*"bcdfghjklmnprstvwyzxq", "ch", "sh", "th", "br", "kr", "st", "zh")
_RIMES = (*"aeiou", "an", "en", "in", "on", "ang", "ei", "ao", "ar", "er", "or", "ia", "ua", "el", "is", "un")
_SYLLABLES = [onset + rime for onset in _ONSETS for rime in _RIMES]
_ENDINGS = ("", "ation", "ing", "ed", "alism", "ment", "ive", "ness", "ity", "ically")
_LETTERS = [chr(0x4E00 + 6 * number) for number in range(3000)]
_LETTER_WEIGHTS = list(accumulate(1_000_000 // (number + 30) for number in range(3000)))
_ACCENTS = str.maketrans("aeiou", "áéíóú")
_WORDS_OF_SENTENCE = 22
_FIVE_DIGITS_SINCE = date(2015, 1, 1)


def main() -> None:
    """Write the digests and say how many there are."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    n_files, n_bytes = write_digests(given.out, given.papers, given.seed)
    print(f"{given.out}: {given.papers:,} papers in {n_files:,} files, {n_bytes / 1e6:,.1f} MB")


def write_digests(out: Path, n_papers: int, seed: int) -> tuple[int, int]:
    """Write day folders of digests; return the number of files and of bytes.

    Raises:
        ValueError: so many papers do not fit between `FIRST_DAY` and `LAST_DAY`.
    """
    n_files = n_bytes = 0
    for day, sections in days_of_papers(n_papers, Random(seed)):
        for name, text in files_of_day(day, sections).items():
            path = out / f"{day.day}-{day:%b-%Y}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            n_bytes += path.write_bytes(text.encode())
            n_files += 1
    return n_files, n_bytes


def files_of_day(day: date, sections: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """A day's files by path: a section stands in each list that names its paper, as in the real digests."""
    files = {
        name: "".join(section for section, lists in sections if name in lists)
        for name in (*_MAIN_LISTS, *_TOPICS)
    }
    paths = {f"{name}/README.md": files[name] for name in _MAIN_LISTS}
    paths |= {f"topic/{name}_related_papers.md": files[name] for name in _TOPICS}
    rows = "".join(f"| {name} | [Link](https://github.com/x/y) | 0 |\n" for name in _MAIN_LISTS)
    paths["README.md"] = (
        f"# {day.day}-{day:%b-%Y}\n\n| Subject | Link | Number of Papers |\n|:-----:|:----:|:----------------:|\n{rows}"
    )
    return paths


def days_of_papers(n_papers: int, random: Random) -> Iterator[tuple[date, list[tuple[str, list[str]]]]]:
    """Working days up to `LAST_DAY`, each with the sections of its papers and the lists that they stand in."""
    sizes = _sizes_of_days(n_papers, random)
    writer = _Writer(random)
    again: list[tuple[str, list[str]]] = []
    for day, size in zip(_working_days(len(sizes)), sizes, strict=True):
        sections, again = again, []
        is_bilingual = random.random() < SHARE_OF_BILINGUAL_DAYS
        for _ in range(size):
            section = writer.section(day, is_bilingual=is_bilingual)
            lists = writer.lists()
            sections.append((section, lists))
            if random.random() < SHARE_LISTED_AGAIN:
                is_reworded = random.random() < SHARE_REWORDED
                again.append((section.replace("# ", "# Revised ", 1) if is_reworded else section, lists[:1]))
        yield day, sections


def _sizes_of_days(n_papers: int, random: Random) -> list[int]:
    """Papers of each day; the first day has what is left over, the last is a day like others."""
    sizes: list[int] = []
    left = n_papers
    while left:
        sizes.append(min(left, drawn(PAPERS_OF_DAY, random)))
        left -= sizes[-1]
    return sizes[::-1]


def _working_days(number: int) -> list[date]:
    """The last so many days from Monday to Friday, oldest first."""
    days: list[date] = []
    day = LAST_DAY
    while len(days) < number:
        if day < FIRST_DAY:
            msg = f"{number} working days do not fit between {FIRST_DAY} and {LAST_DAY}; ask for fewer papers"
            raise ValueError(msg)
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def drawn(values: Sequence[int], random: Random) -> int:
    """A number from the distribution that has these values at `QUANTILES`, straight in between."""
    at = random.random()
    above = bisect(QUANTILES, at)
    low, high = QUANTILES[above - 1], QUANTILES[above]
    return round(values[above - 1] + (values[above] - values[above - 1]) * (at - low) / (high - low))


class _Writer:
    """Writes sections, one new paper after the other."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._authors = Authors(random)
        self._words, self._word_weights = vocabulary()
        self._lengths, self._length_weights = _cumulated(LENGTHS_OF_LISTS)
        self._lists, self._list_weights = _cumulated([(names.split(" "), n) for names, n in LISTS_OF_PAPER])
        self._hosts, self._host_weights = _cumulated(HOSTS)
        self._month = (0, 0)
        self._number = 0

    def lists(self) -> list[str]:
        """Lists of one day that name a paper."""
        (names,) = self._random.choices(self._lists, cum_weights=self._list_weights)
        return names

    def section(self, day: date, *, is_bilingual: bool) -> str:
        """A new paper as the reporter states it; trailing spaces are the reporter's."""
        (length,) = self._random.choices(self._lengths, cum_weights=self._length_weights)
        names = ", ".join(dict.fromkeys(self._authors.mention() for _ in range(length)))
        fields = {
            "Authors": f"{names}  ",
            "Link": f"[PDF](https://arxiv.org/pdf/{self._identifier(day)})  ",
            "Abstract": f"{self._abstract()} ",
        }
        if is_bilingual:
            title = {"Title (ZH)": f"{self._letters(LETTERS_OF_TRANSLATED_TITLE)} "}
            fields = {**title, **fields, "Abstract (ZH)": f"{self._letters(LETTERS_OF_TRANSLATED_ABSTRACT)} "}
        lines = "".join(f"**{label}**: {text}\n\n" for label, text in fields.items())
        return f"# {self._title()} \n\n{lines}---\n"

    def _identifier(self, day: date) -> str:
        month = (day.year, day.month)
        self._number = self._number + 1 if month == self._month else 1
        self._month = month
        number = f"{self._number:05d}" if day >= _FIVE_DIGITS_SINCE else f"{self._number:04d}"
        version = "v2" if self._random.random() < SHARE_OF_VERSIONS else ""
        return f"{day:%y%m}.{number}{version}"

    def _some_words(self, number: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._word_weights, k=number)

    def _letters(self, lengths: Sequence[int]) -> str:
        """Chinese letters."""
        number = drawn(lengths, self._random)
        return "".join(self._random.choices(_LETTERS, cum_weights=_LETTER_WEIGHTS, k=number))

    def _title(self) -> str:
        return " ".join(self._some_words(drawn(WORDS_OF_TITLE, self._random))).title()

    def _abstract(self) -> str:
        words = self._some_words(drawn(WORDS_OF_ABSTRACT, self._random))
        for start in range(0, len(words), _WORDS_OF_SENTENCE):
            words[start] = words[start].capitalize()
            end = min(start + _WORDS_OF_SENTENCE, len(words)) - 1
            words[end] += "."
        text = " ".join(words)
        if self._random.random() < SHARE_OF_LINE_BREAKS:
            text = text.replace(". ", ".\n", 1)
        if self._random.random() < SHARE_WITH_LINK:
            text += f" Code is at {self._url()}."
        return text

    def _url(self) -> str:
        """A URL of its own for nearly every paper; a few are everybody's."""
        (host,) = self._random.choices(self._hosts, cum_weights=self._host_weights)
        owner = word(int(self._random.random() ** 4 * 1_000_000))
        if host.startswith("."):
            return f"https://{owner}{host}"
        return f"https://{host}{owner}/{word(int(self._random.random() ** 4 * 10_000))}"


class Authors:
    """Names as authors are mentioned: a Pitman-Yor process, so that many occur once and few very often."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._mentions = array("I")  # the author of each mention so far
        self._is_first = bytearray()  # whether a mention was the author's first
        self._names: list[str] = []
        self._taken: set[str] = set()
        self._other_spellings: dict[int, str] = {}

    def mention(self) -> str:
        """The next name: a new one, or that of an earlier mention, as likely as the author is frequent."""
        number, known = len(self._mentions), len(self._names)
        is_new = self._random.random() * (STRENGTH + number) < STRENGTH + DISCOUNT * known
        author = self._new_author() if is_new else self._known_author()
        self._mentions.append(author)
        self._is_first.append(is_new)
        other = self._other_spellings.get(author)
        return other if other and self._random.random() < 0.5 else self._names[author]

    def _known_author(self) -> int:
        number = len(self._mentions)
        while True:
            mention = int(self._random.random() * number)
            if not self._is_first[mention] or self._random.random() > DISCOUNT:
                return self._mentions[mention]

    def _new_author(self) -> int:
        name = self._new_name()
        while name in self._taken:
            name = self._new_name()
        self._taken.add(name)
        self._names.append(name)
        if self._random.random() < SHARE_WITH_OTHER_SPELLING:
            self._other_spellings[len(self._names) - 1] = name.translate(_ACCENTS)
        return len(self._names) - 1

    def _new_name(self) -> str:
        random = self._random.random
        given = _name_part(int(random() ** 3 * 70_000))
        family = _name_part(int(random() ** 3 * 80_000))
        if random() < SHARE_HYPHENATED:
            given += "-" + _SYLLABLES[int(random() * len(_SYLLABLES))]
        if random() < SHARE_ACCENTED:
            family = family[0] + family[1:].translate(_ACCENTS)
        if random() < SHARE_WITH_MIDDLE_NAME:
            given += f" {'ABCDEFGHJKLMNPRSTW'[int(random() * 18)]}."
        return f"{given} {family}"


def _name_part(number: int) -> str:
    """A name for each number; small numbers have short ones."""
    return _spelt(number).capitalize()


def _spelt(number: int) -> str:
    """Syllables for each number, the more the larger it is."""
    # A step that shares no divisor with the number of syllables: neighbours do not look alike.
    syllables = [_SYLLABLES[(number * 211 + 97) % len(_SYLLABLES)]]
    number //= len(_SYLLABLES)
    while number:
        number -= 1
        syllables.append(_SYLLABLES[(number * 131 + 41) % len(_SYLLABLES)])
        number //= len(_SYLLABLES)
    return "".join(syllables)


def word(number: int) -> str:
    """A word for each number; frequent words are short."""
    if number < 20:
        return _spelt(number)
    return _spelt(number) + _ENDINGS[number % len(_ENDINGS)]


def vocabulary() -> tuple[list[str], list[int]]:
    """Words from the most frequent on, and their cumulated weights: between `WORDS_AT_RANK` a power law."""
    weights: list[int] = []
    for (low, n_low), (high, n_high) in pairwise(WORDS_AT_RANK):
        slope = log(n_high / n_low) / log(high / low)
        weights.extend(round(n_low * (rank / low) ** slope) for rank in range(low, high))
    return [word(number) for number in range(len(weights))], list(accumulate(weights))


def _cumulated(counted: Sequence[tuple[Value, int]]) -> tuple[list[Value], list[int]]:
    return [value for value, _ in counted], list(accumulate(n for _, n in counted))


if __name__ == "__main__":
    main()
