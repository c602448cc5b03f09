"""Wires Syncline into Django: with it, `manage.py syncline` is there."""

from django.apps import AppConfig


class SynclineConfig(AppConfig):
    """The app; moving data between engines works without it too."""

    name = "syncline"
    verbose_name = "Syncline"
    default_auto_field = "django.db.models.BigAutoField"
