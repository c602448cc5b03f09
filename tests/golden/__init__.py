"""Texts that each engine must produce exactly."""
