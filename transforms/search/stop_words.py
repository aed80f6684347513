"""Words that are passed over in texts and in searches, because they say nothing of what a paper is about."""

from typing import Final

_ENGLISH: Final = """
    about after again all also although am among an and any are as at be because been before being between both but by
    can cannot could did do does doing during each either few for from further had has have having he her here hers him
    his how however if in into is it its itself may might more most must my neither no nor not of off on once only or
    other our ours out over own rather same she should since so some such than that the their theirs them then there
    these they this those through thus to too under until up upon us very via was we were what when where whether
    which while who whom whose why will with within without would you your
"""
# Half of all abstracts say these of themselves: a sixth of the index, and searches find papers as well without.
_ABSTRACTS: Final = """
    achieve achieved achieves achieving across additionally address addressed addresses addressing approach approaches
    based crucial demonstrate demonstrated demonstrates demonstrating despite effective effectively effectiveness enable
    enables enabling exist existing exists extensive first furthermore high higher improve improved improvement
    improvements improves improving include includes including introduce introduced introduces introducing leverage
    leverages leveraging limitation limitations moreover new novel often outperform outperforming outperforms paper
    papers present presented presenting presents propose proposed proposes proposing provide provided provides
    providing recent recently result resulting results several show showed showing shown shows significant
    significantly specific specifically two use used uses using various well work works
"""
STOP_WORDS: Final = frozenset((_ENGLISH + _ABSTRACTS).split())
