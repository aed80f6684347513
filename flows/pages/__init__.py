"""Pages to look at: the same page functions behind `paperhouse browse` and `paperhouse site`."""
