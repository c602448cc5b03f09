"""Pure descriptions of models and their differences. No Django here."""
