"""The zoo app."""

from django.apps import AppConfig


class ZooConfig(AppConfig):
    """Every field type that all engines share."""

    name = "tests.zoo"
    label = "zoo"
    default_auto_field = "django.db.models.BigAutoField"
