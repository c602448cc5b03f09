"""The app of the shapes."""

from django.apps import AppConfig


class Shapes(AppConfig):
    """Models with a field of each kind of shape."""

    name = "tests.spatial"
    label = "shapes"
    default_auto_field = "django.db.models.BigAutoField"
