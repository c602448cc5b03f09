"""Reports of nodes and runs as documents for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from syncline.transfer.reports import RunSummary, StatusReport, SyncReport
from syncline.transfer.syncing import TransferReport


def status_document(report: StatusReport) -> dict[str, Any]:
    """Give how a node is, for a program."""
    return {
        "database": report.database,
        "node": report.node,
        "in_order": report.in_order,
        "models": [asdict(one) for one in report.tables],
        "pending": report.pending,
        "peers": [asdict(one) for one in report.peers],
        "conflicts_open": report.conflicts_open,
        "conflicts_held": report.conflicts_held,
        "quarantine": report.quarantine,
        "interrupted": report.interrupted,
        "doubles": [asdict(one) for one in report.doubles],
    }


def sync_document(report: SyncReport, seconds: float) -> dict[str, Any]:
    """Give what a pull, a push or both have come to, for a program."""
    return {
        "database": report.database,
        "peer": report.peer,
        "dry_run": report.dry_run,
        "run": report.run,
        "mended": [asdict(one) for one in report.mended],
        "pulled": _transfer(report.pulled, detailed=report.dry_run),
        "pushed": _transfer(report.pushed, detailed=report.dry_run),
        "seconds": seconds,
    }


def _transfer(
    report: TransferReport | None, *, detailed: bool
) -> Mapping[str, Any] | None:
    if report is None:
        return None
    if not detailed and not report.details:
        return report.document()
    details = [
        {
            "model": one.label,
            "outcome": one.outcome,
            "uid": one.uid.hex(),
            "key": one.key,
            "fields": list(one.parts),
            "reason": one.reason,
        }
        for one in report.details
    ]
    more = report.details_more
    return report.document() | {"details": details, "details_more": more}


def run_document(run: RunSummary) -> dict[str, Any]:
    """Give a run of the ledger, for a program."""
    document = asdict(run) | {"seconds": run.seconds}
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value
