"""Pure values: what crosses between nodes and how it is spelled. No Django here."""
