"""HTTP to arXiv: one request at a time, three seconds apart, replies cached before they are parsed."""
