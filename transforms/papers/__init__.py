"""Statements to papers and authors: canonical records, names, links."""
