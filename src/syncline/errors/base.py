"""The root of the errors, those of a call's words, and how messages are spelled."""

from collections.abc import Sequence

SAMPLES_MAX = 5
"""How many values or keys a message shows."""


FINDINGS_MAX = 20
"""How many findings a message shows."""


def counted(count: int, noun: str) -> str:
    """Give a count with its noun in the right number."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def joined(findings: Sequence[str], *, most: int = FINDINGS_MAX) -> str:
    """Join findings for a sentence, saying how many more there are."""
    shown = "; ".join(findings[:most])
    more = len(findings) - most
    return shown if more <= 0 else f"{shown}; and {more} more"


def sentence(text: str) -> str:
    """End what somebody else said as a sentence ends."""
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def listed(items: Sequence[object], *, most: int = SAMPLES_MAX) -> str:
    """Join items for a sentence, saying how many more there are."""
    shown = ", ".join(str(item) for item in items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"


class SynclineError(Exception):
    """The root of all our errors; its text is one sentence and, if given, a hint."""

    code = "syncline.E000"

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message, self.hint = message, hint
        super().__init__(f"{message} {hint}".strip())


class UsageError(SynclineError):
    """The words of the call are off; exit code 2."""

    code = "syncline.E001"


class UnknownAlias(UsageError):
    """A database alias is not in settings.DATABASES."""

    code = "syncline.E002"

    def __init__(self, *, alias: str, known: Sequence[str]) -> None:
        self.alias, self.known = alias, tuple(known)
        super().__init__(
            f"There is no database alias {alias!r} in settings.DATABASES.",
            hint=f"Known aliases: {listed(sorted(known), most=20)}.",
        )


class UnknownModel(UsageError):
    """A name on the command line is neither an app, a model nor a field."""

    code = "syncline.E003"

    def __init__(self, *, name: str, near: Sequence[str]) -> None:
        self.name, self.near = name, tuple(near)
        super().__init__(
            f"No installed app, model or field is called {name!r}.",
            hint=f"Did you mean {listed(near)}?" if near else "",
        )


class SameDatabase(UsageError):
    """Source and target are one database, though their aliases differ."""

    code = "syncline.E004"

    def __init__(self, *, source: str, target: str) -> None:
        self.source, self.target = source, target
        super().__init__(
            f"{source!r} and {target!r} are the same database.",
            hint="Point one alias at another database.",
        )
