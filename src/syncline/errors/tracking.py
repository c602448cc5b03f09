"""Errors of declarations, and of tracking a database."""

from collections.abc import Sequence

from syncline.errors.base import SynclineError, UsageError, joined, sentence


class BadDeclaration(SynclineError):
    """A `register()` or `SYNCLINE["MODELS"]` asks for what cannot be."""

    code = "syncline.E060"

    def __init__(self, *, what: str, reasons: Sequence[str]) -> None:
        self.what, self.reasons = what, tuple(reasons)
        super().__init__(
            f"{what} cannot be tracked as declared: {joined(reasons)}.",
            hint="Mend the declaration in sync_rules.py or in settings.SYNCLINE.",
        )


class RulesFailed(SynclineError):
    """A module `sync_rules` of an app raised an error when it was imported."""

    code = "syncline.E061"

    def __init__(self, *, module: str, reason: str) -> None:
        self.module, self.reason = module, reason
        super().__init__(
            f"{module} cannot be imported: {sentence(reason)}",
            hint="Mend the module; the traceback shows the line.",
        )


class BadSetting(SynclineError):
    """`settings.SYNCLINE` holds what no setting is called, or is no dict."""

    code = "syncline.E063"

    def __init__(self, *, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(
            f"settings.SYNCLINE is not understood: {joined(reasons)}.",
            hint="Write it as docs/reference/settings shows.",
        )


class CaptureUnsupported(UsageError):
    """The database is of a kind on which we have no triggers."""

    code = "syncline.E070"

    def __init__(self, *, engine: str) -> None:
        self.engine = engine
        super().__init__(
            f"Syncline cannot see writes on {engine}, so nothing can be tracked there.",
            hint="Track on SQLite, PostgreSQL or MariaDB.",
        )


class SequencerBusy(SynclineError):
    """Another session has held the sequencer's lock all the time."""

    code = "syncline.E071"

    def __init__(self, *, alias: str, wait_s: float, holder: str) -> None:
        self.alias, self.wait_s, self.holder = alias, wait_s, holder
        super().__init__(
            f"{alias!r}: the sequencer was busy for {wait_s:g} seconds; "
            f"{holder} holds its lock.",
            hint="Wait for that session or end it, then run the command again.",
        )
