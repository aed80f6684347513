"""The commands of `paperhouse`, by theme; flows/cli.py lists them."""
