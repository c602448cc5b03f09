"""Verify two nodes: do they hold the same, and if not, what differs and why?"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from syncline.changes.digests import (
    ROWS_MAX,
    Compared,
    Digest,
    Leaf,
    LeavesWanted,
    RowsWanted,
    Scan,
    Touch,
    suspect,
    unlike,
)
from syncline.changes.dots import Range
from syncline.changes.messages import Hello
from syncline.progress import Progress
from syncline.transfer.syncing import check_terms
from syncline.transport.base import Comparable
from syncline.verify.agreement import (
    ROW,
    VERSIONS,
    AgreementReport,
    ModelAgreement,
    RecordDifference,
    SideFindings,
    State,
    judge,
)

PAUSE_S = 1.0
"""How long records that differ are left alone before they are looked at again."""


def agree(
    source: Comparable,
    target: Comparable,
    *,
    models: Sequence[str] = (),
    deep: bool = False,
    pause: Callable[[], None] = lambda: time.sleep(PAUSE_S),
) -> Generator[Progress, None, AgreementReport]:
    """Compare two nodes by uid: one scan a side, then only what differs.

    Args:
        source: the peer.
        target: this node.
        models: labels; none means all that both track.
        deep: compare versions, too, and each side's records with its rows?
        pause: waits before records that differ are looked at again.

    Raises:
        NotTracked: a side is no node.
        PeersDiffer: the two do not agree on what records are.
    """
    there = source.hello()
    here = target.hello()
    check_terms(here, there, source.name)
    report = AgreementReport(source=source.name, target=target.name, deep=deep)
    compared, report.left_out = both_track(here, there, models, deep=deep)
    for what in compared:
        model = report.models[what.label] = ModelAgreement(label=what.label)
        for found in (yield from _compared(source, target, what, model)):
            report.keep(found)
            yield Progress(stage="drill down", subject=what.label)
    if report.differences:
        yield Progress(stage="look again")
        pause()
        for what in compared:
            uids = [one.uid for one in report.differences if one.label == what.label]
            if uids:
                report.amend(what.label, list(_looked_at(source, target, what, uids)))
    return report


def repair(
    winner: Comparable, report: AgreementReport
) -> Generator[Progress, None, list[RecordDifference]]:
    """Give the winner's values new versions where two nodes have diverged.

    Nothing is written to the other side here: the next sync brings it these versions,
    as it brings any other, and all further nodes as well.

    Args:
        winner: the side of the comparison whose values are right.
        report: what the comparison has found; only what it names is repaired.

    Returns:
        What a sync will not mend: rows that only one side has, which an audit has to
        look at first, and values that wait for a person.
    """
    wanted: dict[str, dict[bytes, tuple[str, ...]]] = {}
    for one in report.differences:
        fields = [f.name for f in one.fields if f.state is State.DIVERGED]
        if one.state is State.DIVERGED and not {ROW, VERSIONS} & {*fields}:
            wanted.setdefault(one.label, {})[one.uid] = tuple(fields)
    touched: set[bytes] = set()
    for label, by_uid in wanted.items():
        touched |= winner.touch(Touch(label=label, fields=by_uid))
        yield Progress(stage="repair", subject=label, done=len(touched))
    return [
        one
        for one in report.differences
        if one.state is not State.PENDING and one.uid not in touched
    ]


def both_track(
    here: Hello, there: Hello, models: Sequence[str], *, deep: bool
) -> tuple[list[Compared], dict[str, str]]:
    """Say what can be compared: models and fields that both sides track.

    Returns:
        These, and the reasons by label for those that cannot.
    """
    compared: list[Compared] = []
    left_out: dict[str, str] = {}
    for label in sorted(here.models.keys() | there.models.keys()):
        if models and label not in models:
            continue
        if label not in here.models or label not in there.models:
            side = "target" if label in here.models else "source"
            left_out[label] = f"only the {side} tracks it"
            continue
        theirs = there.models[label].fields
        fields = tuple(name for name in here.models[label].fields if name in theirs)
        compared.append(Compared(label=label, fields=fields, deep=deep))
    return compared, left_out


def _compared(
    source: Comparable, target: Comparable, what: Compared, model: ModelAgreement
) -> Generator[Progress, None, Iterator[RecordDifference]]:
    """Scan a model on both sides, and give what differs as it is found."""
    scan = Scan(what=what)
    ours = yield from _scanned(target, scan)
    # With our sums at hand, the other side sends the finer ones only where they help.
    theirs = yield from _scanned(source, replace(scan, coarse=ours.coarse))
    model.source, model.target = SideFindings.of(theirs), SideFindings.of(ours)
    buckets = suspect(theirs, ours)
    return _differences(source, target, what, buckets)


def _scanned(side: Comparable, scan: Scan) -> Generator[Progress, None, Digest]:
    digest = Digest(rows=0)
    subject = f"{scan.what.label} in {side.name}"
    for digest in side.digest(scan):
        yield Progress(stage="verify", subject=subject, done=digest.rows)
    return digest


def _differences(
    source: Comparable,
    target: Comparable,
    what: Compared,
    buckets: tuple[Range, ...],
) -> Iterator[RecordDifference]:
    if buckets:
        sides = (_leaves(side, what, buckets) for side in (source, target))
        yield from _looked_at(source, target, what, unlike(*sides))


def _leaves(
    side: Comparable, what: Compared, buckets: tuple[Range, ...]
) -> Iterator[Leaf]:
    """Give the leaves of some buckets by uid, page by page."""
    after: bytes | None = b""
    while after is not None:
        want = LeavesWanted(what=what, buckets=buckets, after=after)
        page = side.leaves(want)
        yield from page.leaves
        after = page.until


def _looked_at(
    source: Comparable, target: Comparable, what: Compared, uids: Iterable[bytes]
) -> Iterator[RecordDifference]:
    """Read some records on both sides, and say how they differ."""
    left = iter(uids)
    while some := tuple(islice(left, ROWS_MAX)):
        want = RowsWanted(what=what, uids=some)
        yield from judge(what, some, source.rows(want), target.rows(want))
