"""Bytes to lines of text: decoding, encoding repair, line accounting, path metadata."""
