"""Wires Syncline into Django: with it, `manage.py syncline` is there."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate

from syncline.checks.declarations import check_declarations
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
        # Before this there are no models, which these need.
        from syncline.apply.following import (  # noqa: PLC0415 - see above
            after_migrate,
            before_migrate,
        )
        from syncline.checks.databases import (  # noqa: PLC0415 - see above
            check_databases,
        )

        register(check_databases, Tags.database)

        pre_migrate.connect(before_migrate, sender=self, dispatch_uid="syncline")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="syncline")
