"""Pure: what comes of two versions of one record."""
