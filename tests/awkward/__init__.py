"""Models of the kinds that naive copies of a database trip over."""
