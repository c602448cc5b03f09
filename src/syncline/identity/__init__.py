"""Which record a row is, on this node and on all others."""
