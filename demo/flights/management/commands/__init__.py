"""Management commands of the flights app."""
