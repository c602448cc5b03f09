"""Proving that two sides hold the same rows, or saying exactly where they differ."""
