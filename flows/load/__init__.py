"""A load, step by step: plan, discover, read, parse, package, publish."""
