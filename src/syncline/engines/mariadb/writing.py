"""Two writers for MariaDB: LOAD DATA LOCAL, and multi-row INSERT where that is off."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from MySQLdb.constants import ER

from syncline.changes.kinds import TEXTUAL, Cell, Kind
from syncline.engines.base import Raw, Row, RowRefused, Writer
from syncline.errors import ConstraintBroken, RowsLost

NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\0": "\\0"})
ESCAPED = ("\\", "\t", "\n", "\0")

BYTES = frozenset({Kind.BINARY, Kind.GEOMETRY})
"""Kinds that are written as bytes."""

INSERT_BYTES_MAX = 1024 * 1024
"""Bytes of one INSERT; servers refuse more than their max_allowed_packet."""


class LoadDataWriter(Writer):
    """Writes batches to files that LOAD DATA LOCAL reads while the next is made.

    LOCAL implies IGNORE ("LOAD DATA INFILE", LOCAL), so warnings are fatal here and
    rows are counted.
    """

    def __init__(
        self, raw: Raw, table: str, columns: Sequence[tuple[str, Cell]]
    ) -> None:
        self.raw, self.table = raw, table
        self.cells = [cell for _, cell in columns]
        self.sql = load_sql(table, columns)
        self.opened = ExitStack()
        self.file, self.path = self.opened.enter_context(batch_file())
        self.pool = ThreadPoolExecutor(1)
        self.pending: Future[None] | None = None

    def write(self, rows: Sequence[Row]) -> None:
        text = spell_rows(rows, self.cells)
        self.wait()
        self.file.seek(0)
        self.file.truncate()
        self.file.write(text.encode())
        self.file.flush()
        # Where /dev/fd shares the position, it is read from here.
        self.file.seek(0)
        self.pending = self.pool.submit(self._load, rows)
        self.written += len(rows)

    def wait(self) -> None:
        """Wait for the batch under way, and raise what went wrong with it."""
        if self.pending is not None:
            pending, self.pending = self.pending, None
            pending.result()

    def close(self) -> None:
        """Let go of the thread and the folder; a batch under way is waited for."""
        self.pool.shutdown(wait=True)
        self.opened.close()

    def _load(self, rows: Sequence[Row]) -> None:
        cursor = self.raw.cursor()
        try:
            kept = cursor.execute(self.sql, [self.path])
            cursor.execute("SHOW WARNINGS")
            warnings = cursor.fetchall()
        finally:
            cursor.close()
        if warnings:
            raise refusal(self.table, rows, kept, warnings[0])
        if kept != len(rows):
            reason = "no reason was given"
            raise RowsLost(table=self.table, sent=len(rows), kept=kept, reason=reason)


@contextmanager
def batch_file() -> Iterator[tuple[IO[bytes], str]]:
    """Open the file that LOAD DATA LOCAL reads, and say by which path it does."""
    if Path("/dev/fd").is_dir():
        # It has no name of its own, so that a kill leaves no rows behind.
        with tempfile.TemporaryFile() as file:
            yield file, f"/dev/fd/{file.fileno()}"
        return
    with (
        tempfile.TemporaryDirectory(prefix="syncline-") as folder,
        (Path(folder) / "rows.tsv").open("wb") as file,
    ):
        yield file, file.name


def refusal(
    table: str, rows: Sequence[Row], kept: int, warning: tuple[str, int, str]
) -> Exception:
    """Say what a warning of LOAD DATA means, as closely as it tells.

    Args:
        table: the quoted table.
        rows: the batch.
        kept: how many of its rows the server has taken.
        warning: its level, its code and its text.
    """
    _, code, text = warning
    if code in BREACHES:
        return ConstraintBroken(model=table, reason=text)
    match = AT_ROW.search(text)
    if match and 0 < int(match[2]) <= len(rows):
        return RowRefused(column=match[1], row=rows[int(match[2]) - 1], reason=text)
    return RowsLost(table=table, sent=len(rows), kept=kept, reason=text)


CONSTRAINT_FAILED = 4025
"""A CHECK said no; mysqlclient does not know MariaDB's own codes."""

BREACHES = frozenset({ER.DUP_ENTRY, ER.NO_REFERENCED_ROW_2, CONSTRAINT_FAILED})
AT_ROW = re.compile(r"for column (?:`[^`]*`\.)*[`'](.+?)[`'] at row (\d+)")
"""Where "Error Codes" of MariaDB has a column and the number of a row."""


class InsertWriter(Writer):
    """Sends multi-row INSERTs; mysqlclient joins the rows of `executemany` itself."""

    def __init__(
        self, raw: Raw, table: str, columns: Sequence[tuple[str, Cell]]
    ) -> None:
        self.raw = raw
        names = ", ".join(name for name, _ in columns).replace("%", "%%")
        marks = ", ".join(["%s"] * len(columns))
        quoted = table.replace("%", "%%")
        self.sql = f"INSERT INTO {quoted} ({names}) VALUES ({marks})"

    def write(self, rows: Sequence[Row]) -> None:
        cursor = self.raw.cursor()
        cursor.max_stmt_length = INSERT_BYTES_MAX
        try:
            cursor.executemany(self.sql, rows)
        finally:
            cursor.close()
        self.written += len(rows)


def load_sql(table: str, columns: Sequence[tuple[str, Cell]]) -> str:
    """Give the LOAD DATA statement; its one parameter is the file's path."""
    targets, sets = [], []
    for number, (name, cell) in enumerate(columns):
        if cell.kind in BYTES:
            targets.append(f"@b{number}")
            sets.append(f"{name} = UNHEX(@b{number})")
        else:
            targets.append(name)
    names = ", ".join(targets).replace("%", "%%")
    then = f" SET {', '.join(sets)}".replace("%", "%%") if sets else ""
    quoted = table.replace("%", "%%")
    return (
        f"LOAD DATA LOCAL INFILE %s INTO TABLE {quoted} CHARACTER SET utf8mb4 "
        "FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' "
        f"({names}){then}"
    )


def spell_rows(rows: Sequence[Row], cells: Sequence[Cell]) -> str:
    """Spell a batch as tab-separated lines, column by column."""
    columns = [
        _spell(column, cell.kind)
        for column, cell in zip(zip(*rows, strict=True), cells, strict=True)
    ]
    return "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"


TEXTS = TEXTUAL


def _spell(column: Sequence[Any], kind: Kind) -> Sequence[str]:
    if kind in BYTES:
        return [NULL if value is None else value.hex() for value in column]
    if kind in TEXTS:
        return _spell_text(column)
    if None not in column:
        return list(map(str, column))
    return [NULL if value is None else str(value) for value in column]


def _spell_text(column: Sequence[str | None]) -> Sequence[str]:
    joined = "".join(value for value in column if value)
    if any(character in joined for character in ESCAPED):
        return [NULL if value is None else value.translate(ESCAPES) for value in column]
    return [NULL if value is None else value for value in column]
