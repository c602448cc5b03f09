"""Models as the tables of one database: which there are, and what they look like."""
