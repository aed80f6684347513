"""How postings are stored, which queries and copies know too."""

from typing import Final

FULL_IMPACT: Final = 255
"""What a term says of a paper at most."""
NUMBERS_PER_YEAR: Final = 10_000_000
"""Rows are stored by year first: the numbers of one year differ in fewer bits."""
STORED_ORDER: Final = f"paper // {NUMBERS_PER_YEAR}, term, paper"
"""The order of stored postings, in SQL."""
