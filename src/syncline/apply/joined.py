"""What has become of records that were one; plain values, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Two records that have become one."""

    label: str
    pk: str
    """Where the record is that stays."""

    former_pk: str
    """Where the other one was."""

    uid: str
    former_uid: str
    changed: tuple[str, ...] = ()
    """The fields that the record took from the other one."""

    lost: tuple[str, ...] = ()
    """The fields of which a value lost, and is kept in a conflict."""


@dataclass(frozen=True, kw_only=True)
class MergeReport:
    """What a merge has come to, or would come to."""

    database: str
    merged: Joined
    moved: Mapping[str, int] = field(default_factory=dict)
    """By `app.Model.field`: references that follow."""

    followed: tuple[Joined, ...] = ()
    """Rows that became one because of it: there can be but one of them."""

    dry_run: bool = False
    run: int | None = None
