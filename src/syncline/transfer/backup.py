"""Saving a database with its engine's own tool, before it is written to."""

from pathlib import Path

from syncline.changes.clock import Clock, wall_clock
from syncline.errors import FileTrouble
from syncline.snapshot.target import Target
from syncline.snapshot.work import PRIVATE, default_parent


def back_up(
    target: Target, work_dir: str | Path | None, *, clock: Clock = wall_clock
) -> Path:
    """Save a database into a folder of its own, and give the file's path.

    Raises:
        BackupFailed: the engine's tool is missing or failed.
        FileTrouble: the folder cannot be made.
    """
    now = clock().strftime("%Y%m%dT%H%M%S%f")
    folder = Path(work_dir or default_parent()) / "backups" / f"{target.alias}-{now}"
    try:
        folder.mkdir(mode=PRIVATE, parents=True)
        folder.parent.chmod(PRIVATE)
    except OSError as error:
        raise FileTrouble(
            path=str(folder),
            reason=error.strerror or str(error),
            hint="Name another folder with --work-dir.",
        ) from error
    return target.engine.backup(target.connection, folder)
