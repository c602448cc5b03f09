"""What MariaDB wants of who makes triggers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GRANT = re.compile(
    r"GRANT (?P<rights>.+?) ON (?:TABLE )?(?P<database>\*|`(?:[^`]|``)*`)\."
    r"(?P<table>\*|`(?:[^`]|``)*`) TO .*"
)

LOGGED = frozenset({"ALL PRIVILEGES", "SUPER", "BINLOG ADMIN"})
"""Any of these may make triggers while the binary log is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Some rights, and on what."""

    rights: frozenset[str]
    database: str
    """A pattern of LIKE; `%` for all databases."""

    table: str
    """Empty for all tables."""

    def covers(self, database: str, table: str) -> bool:
        """Does it hold for a table of a database?"""
        pattern = "".join(_matching(self.database))
        return re.fullmatch(
            pattern, database, re.DOTALL
        ) is not None and self.table in ("", table)


def grants_of(texts: Sequence[str]) -> list[Grant]:
    """Read the answers of SHOW GRANTS; what concerns no tables is left out."""
    matches = [GRANT.fullmatch(text) for text in texts]
    return [
        Grant(
            rights=frozenset(re.sub(r"\(.*?\)", "", m["rights"]).strip().split(", ")),
            database="%" if m["database"] == "*" else _plain(m["database"]),
            table="" if m["table"] == "*" else _plain(m["table"]),
        )
        for m in matches
        if m
    ]


def missing(
    grants: Sequence[Grant], database: str, tables: Sequence[str], *, logged: bool
) -> list[str]:
    """Say in sentences what keeps one from making triggers.

    Args:
        grants: what one has.
        database: where the tables are.
        tables: where triggers are to be made.
        logged: is the binary log on, and does it trust nobody?
    """
    refused = [
        table
        for table in tables
        if not any(
            grant.rights & {"ALL PRIVILEGES", "TRIGGER"}
            and grant.covers(database, table)
            for grant in grants
        )
    ]
    found = [
        f"The privilege TRIGGER on {table} is missing: GRANT TRIGGER ON "
        f"{database}.{table}."
        for table in refused
    ]
    everywhere = [g for g in grants if g.database == "%" and not g.table]
    if logged and not any(grant.rights & LOGGED for grant in everywhere):
        found.append(
            "The binary log is on, and only SUPER may make triggers: "
            "SET GLOBAL log_bin_trust_function_creators = 1, or GRANT SUPER."
        )
    return found


def _plain(quoted: str) -> str:
    return quoted[1:-1].replace("``", "`")


def _matching(pattern: str) -> Iterator[str]:
    """Turn a pattern of LIKE into one of `re`, part by part."""
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        wild = {"%": ".*", "_": "."}.get(part)
        yield wild or re.escape(part[1:] if len(part) > 1 else part)
