"""Errors of declarations, and of tracking a database."""

from collections.abc import Sequence

from syncline.errors.base import SynclineError, joined


class BadDeclaration(SynclineError):
    """A `register()` or `SYNCLINE["MODELS"]` asks for what cannot be."""

    code = "syncline.E060"

    def __init__(self, *, what: str, reasons: Sequence[str]) -> None:
        self.what, self.reasons = what, tuple(reasons)
        super().__init__(
            f"{what} cannot be tracked as declared: {joined(reasons)}.",
            hint="Mend the declaration in sync_rules.py or in settings.SYNCLINE.",
        )
