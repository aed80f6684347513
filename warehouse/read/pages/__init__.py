"""What the pages of the site show, read in a few queries each: for one page or for thousands at once."""
