"""Writes what other nodes have sent: exactly once, and so that nothing is lost."""
