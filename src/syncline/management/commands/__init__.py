"""One command, `syncline`, with a verb for each use case."""
