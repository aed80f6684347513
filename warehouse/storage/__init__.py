"""Files under the home: lock, packages, receipts, connections."""
