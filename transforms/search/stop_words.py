"""English words that say nothing of a paper; searched for, they are passed over."""

from typing import Final

STOP_WORDS: Final = frozenset(
    """
    about after again all also although am among an and any are as at be because been before being between both but by
    can cannot could did do does doing during each either few for from further had has have having he her here hers him
    his how however if in into is it its itself may might more most must my neither no nor not of off on once only or
    other our ours out over own rather same she should since so some such than that the their theirs them then there
    these they this those through thus to too under until up upon us very via was we were what when where whether
    which while who whom whose why will with within without would you your
    """.split()  # noqa: SIM905 - read as a text, a list would be a column of 150 lines
)
