"""Wires Syncline into Django: with it, `manage.py syncline` is there."""

from django.apps import AppConfig
from django.core.checks import register

from syncline.checks import check_declarations
from syncline.registry import registry


class SynclineConfig(AppConfig):
    """The app; moving data between engines works without it too."""

    name = "syncline"
    verbose_name = "Syncline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import each app's `sync_rules`, and have them checked."""
        registry.discover()
        register(check_declarations, "syncline")
