"""Category codes: arXiv's own, and the ACM and MSC classes that arXiv's query API mixes with them."""


def split_categories(codes: list[str], known: frozenset[str]) -> tuple[list[str], list[str]]:
    """Split codes into arXiv's and all others (ACM `H.3.3`, MSC `68T50`), each once, in the order stated.

    `known` is the column `category` of seeds/reference/arxiv_categories.csv. Of a category with an alias it
    holds both names (cs.NA and math.NA, math-ph and math.MP); neither is rewritten.
    """
    stated = dict.fromkeys(code for written in codes if (code := written.strip()))
    return [code for code in stated if code in known], [code for code in stated if code not in known]
