"""A year of real flights, moved by Syncline: `python -m demo`."""
