"""Running the project's migrations on a target, and which rows they made."""

from collections.abc import Generator
from pathlib import Path

from django.core.management import call_command

from syncline.progress import Progress
from syncline.snapshot.chunks import wire_shaper
from syncline.snapshot.container import digest
from syncline.snapshot.contenttypes import MATCHED
from syncline.snapshot.source import DatabaseSource
from syncline.snapshot.target import Target
from syncline.snapshot.work import WorkFolder
from syncline.tables.selection import Selection


def migrate_target(
    target: Target, work_dir: str | Path | None
) -> Generator[Progress, None, None]:
    """Run the migrations, and remember the rows that they made.

    They are remembered outside the database, so that a load that is interrupted
    afterwards finds them again and does not take them for the user's.
    """
    yield Progress(stage="migrate", subject=target.alias)
    before = target.filled()
    call_command("migrate", database=target.alias, verbosity=0, interactive=False)
    target.forget()
    made = target.filled() - before - set(MATCHED)
    folder = _folder(target, work_dir)
    state = folder.open(resume=False)
    state.migrated |= {label: rows_digest(target, label) for label in made}
    folder.save(state)


def remembered(target: Target, work_dir: str | Path | None) -> frozenset[str]:
    """Give the models whose rows are still just what a migrate of ours made."""
    folder = _folder(target, work_dir)
    if not folder.path.exists():
        return frozenset()
    state = folder.open(resume=False)
    return frozenset(
        label
        for label, made in state.migrated.items()
        if label in target.tables and rows_digest(target, label) == made
    )


def forget_migrated(target: Target, work_dir: str | Path | None) -> None:
    """Forget them: the rows there are now a load's."""
    _folder(target, work_dir).remove()


def rows_digest(target: Target, label: str) -> str:
    """Digest the rows of a small table."""
    source = DatabaseSource(
        connection=target.connection,
        engine=target.engine,
        selection=Selection(models=(target.tables[label].model,)),
    )
    shaper, batches = wire_shaper(source, label)
    with source.view():
        rows = sorted(repr(row) for batch in batches for row in shaper.shape(batch))
    return digest("\n".join(rows).encode())


def _folder(target: Target, work_dir: str | Path | None) -> WorkFolder:
    identity = target.engine.identity(target.connection)
    return WorkFolder(f"migrated {target.engine.name} {identity}", parent=work_dir)
