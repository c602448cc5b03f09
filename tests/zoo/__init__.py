"""Models that hold every field type Django has on all engines."""
