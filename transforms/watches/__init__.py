"""Watches: what somebody wants to hear of, and the message that says it."""
