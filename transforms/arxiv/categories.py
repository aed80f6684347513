"""Category codes: arXiv's own, and the ACM and MSC classes that arXiv's query API mixes with them."""

from typing import Final

CLOSED_CATEGORIES: Final = frozenset(
    {
        *(
            "acc-phys",
            "adap-org",
            "alg-geom",
            "ao-sci",
            "astro-ph",
            "atom-ph",
            "bayes-an",
            "chao-dyn",
            "chem-ph",
        ),
        *(
            "cmp-lg",
            "comp-gas",
            "cond-mat",
            "dg-ga",
            "funct-an",
            "mtrl-th",
            "patt-sol",
            "plasm-ph",
            "q-alg",
            "q-bio",
        ),
        *("solv-int", "supr-con"),
    }
)
"""Whole archives that were categories before they were divided or renamed: old papers keep theirs, no new one gets one.

arXiv's list of categories, from which seeds/reference/arxiv_categories.csv is, names the present ones only.
"""


def split_categories(codes: list[str], known: frozenset[str]) -> tuple[list[str], list[str]]:
    """Split codes into arXiv's and all others (ACM `H.3.3`, MSC `68T50`), each once, in the order stated.

    arXiv's are those that are `known` and the closed ones. `known` is the column `category` of
    seeds/reference/arxiv_categories.csv. Of a category with an alias it holds both names (cs.NA and math.NA, math-ph
    and math.MP); neither is rewritten.
    """
    stated = dict.fromkeys(code for written in codes if (code := written.strip()))
    ours = known | CLOSED_CATEGORIES
    return [code for code in stated if code in ours], [code for code in stated if code not in ours]
