"""Scripts around the package: they set up what `make` needs and are not shipped."""
