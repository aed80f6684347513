"""Verify, recover, restore, snapshot."""
