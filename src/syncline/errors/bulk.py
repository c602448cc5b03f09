"""Errors of databases, and of moving data in bulk."""

from collections.abc import Sequence

from syncline.errors.base import SynclineError, counted, joined, listed, sentence


class MissingDriver(SynclineError):
    """A verb needs a Python package that is not installed."""

    code = "syncline.E010"

    def __init__(self, *, engine: str, extra: str, detail: str = "") -> None:
        self.engine, self.extra = engine, extra
        super().__init__(
            f"{engine} needs a driver that is not installed{detail and f': {detail}'}.",
            hint=f"Install it: pip install 'syncline[{extra}]'",
        )


class DatabaseUnreachable(SynclineError):
    """A database did not answer, or refused us."""

    code = "syncline.E011"

    def __init__(self, *, alias: str, reason: str) -> None:
        self.alias, self.reason = alias, reason
        super().__init__(
            f"The database {alias!r} cannot be reached: {sentence(reason)}",
            hint=f"Check DATABASES[{alias!r}] and that its server runs.",
        )


class DatabaseFailed(SynclineError):
    """A database gave up in the middle; what was begun is rolled back."""

    code = "syncline.E012"

    def __init__(self, *, alias: str, reason: str) -> None:
        self.alias, self.reason = alias, reason
        super().__init__(
            f"The database {alias!r} failed: {sentence(reason)}",
            hint="Nothing was kept of this run; run the command again.",
        )


class FileTrouble(SynclineError):
    """A snapshot file or a folder cannot be read or written."""

    code = "syncline.E020"

    def __init__(self, *, path: str, reason: str, hint: str = "") -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}.", hint=hint)


class DamagedFile(FileTrouble):
    """A snapshot is truncated, altered or hostile; nothing was written."""

    code = "syncline.E021"


class NewerFile(FileTrouble):
    """A snapshot was written by a newer Syncline than this one."""

    code = "syncline.E022"

    def __init__(self, *, path: str, format_version: int, known: int) -> None:
        self.format_version, self.known = format_version, known
        super().__init__(
            path=path,
            reason=f"its format is {format_version}, and this Syncline reads {known}",
            hint="Upgrade: pip install --upgrade syncline",
        )


class MissingTables(SynclineError):
    """The target lacks tables that the source's rows need."""

    code = "syncline.E030"

    def __init__(self, *, alias: str, tables: Sequence[str]) -> None:
        self.alias, self.tables = alias, tuple(tables)
        super().__init__(
            f"{alias!r} lacks {counted(len(tables), 'table')}: {listed(tables)}.",
            hint="Make them with: manage.py migrate --database "
            f"{alias}, or add --migrate to this command.",
        )


class SchemaDiffers(SynclineError):
    """Fields of source and target differ, and nothing says what to do about it."""

    code = "syncline.E031"

    def __init__(self, *, differences: Sequence[str]) -> None:
        self.differences = tuple(differences)
        super().__init__(
            f"The schemas differ: {joined(differences)}.",
            hint="Migrate both sides to one state, give a --plugin or --rename that "
            "covers the difference, or add --ignore-migrations to load what both have.",
        )


class TargetNotEmpty(SynclineError):
    """The target holds rows that the source would meet."""

    code = "syncline.E032"

    def __init__(self, *, alias: str, tables: Sequence[str]) -> None:
        self.alias, self.tables = alias, tuple(tables)
        super().__init__(
            f"{alias!r} is not empty: {listed(tables, most=20)}.",
            hint="Add --replace to empty exactly these tables first, or --merge to "
            "keep their rows.",
        )


class RowsUnfit(SynclineError):
    """Values of the source that the target cannot hold, found before any write."""

    code = "syncline.E033"

    def __init__(self, *, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(
            f"The target cannot hold some values: {joined(findings)}.",
            hint="Say what to do: --unfit clip, --unfit null, "
            "--unfit app.Model.field=clip, or a --plugin that mends them.",
        )


class ValueRefused(SynclineError):
    """One value cannot be moved."""

    code = "syncline.E034"

    def __init__(self, *, field: str, pk: object, value: object, reason: str) -> None:
        self.field, self.pk, self.value, self.reason = field, pk, value, reason
        shown = repr(value)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."  # noqa: PLR2004 - a line
        super().__init__(
            f"{field} of the row with pk {pk!r} holds {shown}: {reason}.",
            hint="Mend the row, or give a --plugin that changes it on the way.",
        )


class Orphans(SynclineError):
    """Rows whose foreign key points at nothing, under a constraint that forbids it."""

    code = "syncline.E035"

    def __init__(self, *, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(
            f"Rows point at rows that are not there: {joined(findings)}.",
            hint="Mend them, or add --orphans null (set nullable keys to NULL) or "
            "--orphans skip (leave the rows out).",
        )


class ConstraintBroken(SynclineError):
    """Rows break a constraint of the target, such as a unique one."""

    code = "syncline.E036"

    def __init__(self, *, model: str, reason: str) -> None:
        self.model, self.reason = model, reason
        super().__init__(
            f"{model}: {sentence(reason)}",
            hint="Nothing was written. Mend the rows, or give a --plugin that does.",
        )


class RowsLost(SynclineError):
    """The server took fewer rows than it was given, or changed a value."""

    code = "syncline.E037"

    def __init__(self, *, table: str, sent: int, kept: int, reason: str) -> None:
        self.table, self.sent, self.kept, self.reason = table, sent, kept, reason
        super().__init__(
            f"{table}: the server kept {kept} of {sent} rows of a batch: {reason}.",
            hint="Nothing was kept of this run. Mend the rows, or say --unfit clip.",
        )


class NotConfirmed(SynclineError):
    """A destructive step was not confirmed."""

    code = "syncline.E040"

    def __init__(self, *, what: str) -> None:
        self.what = what
        super().__init__(
            f"{what} was not confirmed; nothing was changed.",
            hint="Type the database's name when asked, or add --no-input.",
        )


class PluginFailed(SynclineError):
    """A user's transform raised an error, or returned what it may not."""

    code = "syncline.E041"

    def __init__(self, *, hook: str, label: str, reason: str) -> None:
        self.hook, self.label, self.reason = hook, label, reason
        super().__init__(f"{hook} failed on a row of {label}: {reason}")


class BackupFailed(SynclineError):
    """The backup asked for could not be made; nothing was changed."""

    code = "syncline.E042"

    def __init__(self, *, alias: str, reason: str) -> None:
        self.alias, self.reason = alias, reason
        super().__init__(
            f"No backup of {alias!r} could be made: {reason}. Nothing was changed.",
            hint="Install the engine's tool, or leave out --backup.",
        )


class NothingToResume(SynclineError):
    """`--resume` was given, and no interrupted run is there."""

    code = "syncline.E043"

    def __init__(self, *, work_dir: str) -> None:
        self.work_dir = work_dir
        super().__init__(
            f"No interrupted run of this command is recorded in {work_dir}.",
            hint="Run it without --resume, or name the folder with --work-dir.",
        )


class Interrupted(SynclineError):
    """The user stopped the run; exit code 130."""

    code = "syncline.E050"

    def __init__(self) -> None:
        super().__init__(
            "Interrupted; nothing half done was kept.",
            hint="Run the same command with --resume, or from the start.",
        )
