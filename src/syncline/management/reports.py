"""Reports as lines for people and as documents for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from syncline.management.drawing import Screen
from syncline.snapshot.dump import DumpReport
from syncline.snapshot.options import LoadReport
from syncline.verify.compare import VerifyReport


def print_left_out(screen: Screen, left_out: Mapping[str, str]) -> None:
    """Say which models were left out, and why."""
    if left_out:
        screen.line(f"Left out: {len(left_out)} models")
        for label, reason in sorted(left_out.items()):
            screen.line(f"  {label}: {reason}")


def dump_document(report: DumpReport, seconds: float) -> dict[str, Any]:
    """Give a dump's report for a program."""
    return {
        "file": report.path,
        "rows": report.total,
        "models": report.rows,
        "left_out": report.left_out,
        "bytes": report.size,
        "files": report.files,
        "files_missing": report.files_missing,
        "seconds": seconds,
    }


def load_document(report: LoadReport, seconds: float) -> dict[str, Any]:
    """Give a load's report for a program."""
    verified = report.verified
    return {
        "rows": report.total,
        "models": report.rows,
        "left_out": report.left_out,
        "set_aside": report.set_aside,
        "mended": report.mended,
        "notes": report.notes,
        "backup": report.backup,
        "dry_run": report.dry_run,
        "verified": None if verified is None else verify_document(verified),
        "seconds": seconds,
    }


def verify_document(report: VerifyReport) -> dict[str, Any]:
    """Give a comparison's report for a program."""
    return {
        "equal": report.equal,
        "rows": report.total,
        "models": report.rows,
        "differences": [asdict(difference) for difference in report.differences],
        "left_out": report.left_out,
    }
