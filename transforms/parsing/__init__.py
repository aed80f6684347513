"""Building blocks of formats: sections, tables, lists, JSON and CSV records, and their fields."""
