"""The awkward app."""

import os

from django.apps import AppConfig


class AwkwardConfig(AppConfig):
    """Inheritance, cycles, odd names, hiding managers, breaking receivers."""

    name = "tests.awkward"
    label = "awkward"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Connect the breaking receivers when a test asks a subprocess to."""
        from tests.awkward import receivers  # noqa: PLC0415

        if os.environ.get("SYNCLINE_TEST_RECEIVERS") == "break":
            receivers.connect()
