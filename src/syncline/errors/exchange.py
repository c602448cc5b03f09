"""Errors of tracking a database, and of bringing two nodes in step."""

from collections.abc import Sequence

from syncline.errors.base import (
    SynclineError,
    UsageError,
    counted,
    joined,
    listed,
    sentence,
)


class NotAllowed(SynclineError):
    """A router keeps our tables off a database."""

    code = "syncline.E080"

    def __init__(self, *, alias: str) -> None:
        self.alias = alias
        super().__init__(
            f"A router in DATABASE_ROUTERS keeps Syncline's tables off {alias!r}.",
            hint="Let its allow_migrate() begin with: "
            f"if app_label == 'syncline': return db in [{alias!r}]",
        )


class NotTracked(SynclineError):
    """A verb needs a database that is tracked."""

    code = "syncline.E081"

    def __init__(self, *, alias: str) -> None:
        self.alias = alias
        super().__init__(
            f"The database {alias!r} is not tracked.",
            hint=f"Begin with: manage.py syncline track --database {alias}",
        )


class KeyNotUnique(SynclineError):
    """Rows share what is declared to identify them."""

    code = "syncline.E082"

    def __init__(
        self, *, label: str, key: Sequence[str], samples: Sequence[str]
    ) -> None:
        self.label, self.key, self.samples = label, tuple(key), tuple(samples)
        super().__init__(
            f"Rows of {label} share the key {', '.join(key)}: {listed(samples)}.",
            hint="Nothing was tracked. Make the rows differ, or declare another key.",
        )


class MissingPrivileges(SynclineError):
    """The database's user may not do what tracking needs."""

    code = "syncline.E083"

    def __init__(self, *, alias: str, reasons: Sequence[str]) -> None:
        self.alias, self.reasons = alias, tuple(reasons)
        super().__init__(f"{alias!r} cannot be tracked: {joined(reasons)}")


class PeersDiffer(SynclineError):
    """Two nodes do not agree on how to merge, or on what records hold."""

    code = "syncline.E084"

    def __init__(self, *, peer: str, differences: Sequence[str]) -> None:
        self.peer, self.differences = peer, tuple(differences)
        super().__init__(
            f"This node and {peer!r} cannot be brought in step: {joined(differences)}.",
            hint="Bring code and declarations on both sides to one state.",
        )


class FirstContactOpen(UsageError):
    """Two nodes meet for the first time, and nothing says which rows are the same."""

    code = "syncline.E085"

    def __init__(self, *, peer: str, findings: Sequence[str]) -> None:
        self.peer, self.findings = peer, tuple(findings)
        super().__init__(
            f"This node and {peer!r} meet for the first time, and rows without a key "
            f"are on both sides: {joined(findings)}.",
            hint="Say --same-pks if one database was made from the other, or "
            "--independent if equal pks mean nothing. Nothing was written.",
        )


class AbsentRefused(UsageError):
    """Records that a source lacks are not deleted, though that was asked for."""

    code = "syncline.E099"

    def __init__(self, *, source: str, findings: Sequence[str], hint: str) -> None:
        self.source, self.findings = source, tuple(findings)
        super().__init__(
            f"What {source!r} lacks is not taken for deleted: {joined(findings)}.",
            hint=hint,
        )


class UnknownPeer(UsageError):
    """There is no such peer, or more than one to choose from."""

    code = "syncline.E086"

    def __init__(self, *, peer: str, known: Sequence[str]) -> None:
        self.peer, self.known = peer, tuple(known)
        what = f"{peer!r} is no peer" if peer else "No peer was named"
        super().__init__(
            f"{what}, and there {'is' if len(known) == 1 else 'are'} "
            f"{counted(len(known), 'other database')} to choose from.",
            hint=f"Name one of: {listed(sorted(known), most=20)}." if known else "",
        )


class ChangesetRefused(SynclineError):
    """A changeset does not follow from what this node knows."""

    code = "syncline.E087"

    def __init__(self, *, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(
            f"A changeset of node {source} was refused: {reason}.",
            hint="Nothing of it was written. Run the command again.",
        )


class DatabasePutBack(SynclineError):
    """A node was put back to an earlier state, as by a restored backup."""

    code = "syncline.E078"

    def __init__(self, *, node: str, known: int, counter: int, peer: str) -> None:
        self.node, self.known, self.counter, self.peer = node, known, counter, peer
        super().__init__(
            f"Node {peer} has change {known} of node {node}, which has counted to "
            f"{counter} only: its database was put back to an earlier state. Nothing "
            "was moved, because its next changes would be taken for those.",
            hint="Make it a new node: manage.py syncline untrack, then track, and sync "
            "again; see docs/howto/restore-a-backup",
        )


class TargetBusy(SynclineError):
    """Others wrote the same rows again and again while a changeset was applied."""

    code = "syncline.E088"

    def __init__(self, *, alias: str, reason: str) -> None:
        self.alias, self.reason = alias, reason
        super().__init__(
            f"{alias!r} was written to by others each time that a changeset was "
            f"applied: {reason}.",
            hint="Nothing of it was kept. Run the command again.",
        )


class NotInstalled(UsageError):
    """A verb needs our tables, and the project does not have our app."""

    code = "syncline.E090"

    def __init__(self, *, verb: str) -> None:
        self.verb = verb
        super().__init__(
            f"{verb!r} needs Syncline's tables, and 'syncline' is not in "
            "settings.INSTALLED_APPS.",
            hint='Add the line: INSTALLED_APPS += ["syncline"]',
        )


class NothingDeclared(UsageError):
    """No model is declared to be tracked."""

    code = "syncline.E091"

    def __init__(self, *, example: str) -> None:
        self.example = example
        app, _, model = example.partition(".")
        super().__init__(
            "No model is declared to be tracked.",
            hint=f"Write in {app}/sync_rules.py: from syncline import register; "
            f"register({model}). Or in settings: "
            f'SYNCLINE = {{"MODELS": ["{example}"]}}',
        )


class NotDeclared(UsageError):
    """Models were named that are not tracked."""

    code = "syncline.E092"

    def __init__(self, *, alias: str, names: Sequence[str]) -> None:
        self.alias, self.names = alias, tuple(names)
        are = "is" if len(names) == 1 else "are"
        super().__init__(
            f"{listed(names, most=20)} {are} not tracked on {alias!r}.",
            hint=f"manage.py syncline status --database {alias} lists what is.",
        )


class UnknownRun(UsageError):
    """The ledger has no run of that number."""

    code = "syncline.E093"

    def __init__(self, *, run: int, alias: str, known: Sequence[int]) -> None:
        self.run, self.alias, self.known = run, alias, tuple(known)
        super().__init__(
            f"{alias!r} remembers no run {run}.",
            hint=f"The last ones: {listed(known)}." if known else "",
        )


class NotResumable(UsageError):
    """A run cannot be executed again from what the ledger has."""

    code = "syncline.E094"

    def __init__(self, *, run: int, reason: str) -> None:
        self.run, self.reason = run, reason
        super().__init__(f"Run {run} cannot be resumed: {reason}.")


class BadCheckpoint(UsageError):
    """A checkpoint cannot be set to a position."""

    code = "syncline.E098"

    def __init__(self, *, peer: str, position: int, reason: str) -> None:
        self.peer, self.position, self.reason = peer, position, reason
        super().__init__(
            f"The checkpoint with {peer!r} cannot be set to {position:,}: {reason}.",
            hint="Nothing was changed. To read everything again: "
            f"manage.py syncline reset {peer}",
        )


class CannotUndo(SynclineError):
    """A run cannot be taken back."""

    code = "syncline.E089"

    def __init__(self, *, run: int, reason: str, revert: bool = False) -> None:
        self.run, self.reason, self.revert = run, reason, revert
        hint = (
            "Change what is in the way, and run the command again."
            if revert
            else "Write the old values as new versions: "
            f"manage.py syncline undo {run} --revert"
        )
        what = "reverted" if revert else "taken back"
        super().__init__(
            f"Run {run} cannot be {what}: {reason}. Nothing was changed.", hint=hint
        )


class CannotMerge(SynclineError):
    """Two records cannot become one."""

    code = "syncline.E097"

    def __init__(
        self, *, label: str, pks: Sequence[str], reason: str, hint: str = ""
    ) -> None:
        self.label, self.pks, self.reason = label, tuple(pks), reason
        super().__init__(
            f"{label} {' and '.join(pks)} cannot be merged: {sentence(reason)}",
            hint=hint or "Nothing was changed. Let the rows differ, or delete one.",
        )


class NoSuchRow(UsageError):
    """A model has no row of that primary key, or none with a record."""

    code = "syncline.E079"

    def __init__(self, *, label: str, pk: str, alias: str) -> None:
        self.label, self.pk, self.alias = label, pk, alias
        super().__init__(
            f"{label} has no row {pk!r} in {alias!r}.",
            hint=f"Name rows by their primary keys, as in: syncline merge {label} 3 7",
        )


class CannotResolve(SynclineError):
    """A conflict cannot be settled as asked."""

    code = "syncline.E095"

    def __init__(self, *, conflict: int, reason: str) -> None:
        self.conflict, self.reason = conflict, reason
        super().__init__(
            f"Conflict {conflict} cannot be resolved so: {sentence(reason)}",
            hint="Nothing was changed. See: manage.py syncline conflicts",
        )


class NothingThere(UsageError):
    """There is nothing of this number."""

    code = "syncline.E096"

    def __init__(self, *, what: str, number: int, verb: str = "") -> None:
        self.what, self.number = what, number
        super().__init__(
            f"There is no {what} with the number {number}.",
            hint=f"See: manage.py syncline {verb}"
            if verb
            else "Leave the number out to see which there are.",
        )
