"""What the documentation needs besides Sphinx's own extensions."""
