"""Schema history of the awkward models."""
