"""Moving whole tables: dump, load and copy, for any Django project."""
