"""What of a paper's text is searched: its terms, and how much each says of it."""
