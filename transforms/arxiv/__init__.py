"""arXiv's own words: identifiers, categories, author lines, and its XML replies."""
