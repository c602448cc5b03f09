"""One conformance suite, run on every engine and pair of engines."""
