"""What the tests have done in a process: `… -m tests.spatial.steps STEP WORD …`.

`move SOURCE TARGET FOLDER` fills a database, copies it, dumps it, loads it, and prints
what it found as JSON; `refuse SOURCE TARGET` copies a shape that does not fit.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any

import django
from django.core.management import call_command
from django.db import connections

from syncline.errors import SynclineError

SQUARE = "((0 0, 0 10, 10 10, 10 0, 0 0), (2 2, 2 4, 4 4, 4 2, 2 2))"
OTHER = "((20 20, 20 30, 30 30, 20 20))"
FLAT = {
    "point": ["POINT (23.7275 37.9838)", "POINT (-180 -90)", "POINT (1e-15 1e15)"],
    "line": ["LINESTRING (0 0, 1 1, 2.5 -3.75)"],
    "polygon": [f"POLYGON {SQUARE}"],
    "points": ["MULTIPOINT (1 2)", "MULTIPOINT (1 2, 3 4)"],
    "lines": [
        "MULTILINESTRING ((0 0, 1 1))",
        "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3, 4 4))",
    ],
    "polygons": [f"MULTIPOLYGON ({SQUARE})", f"MULTIPOLYGON ({SQUARE}, {OTHER})"],
    "several": [
        "GEOMETRYCOLLECTION (POINT (1 2))",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
    ],
    "any": ["POINT (0 0)", f"MULTIPOLYGON ({SQUARE})"],
    "web": ["POINT (2641293.5 4576000.25)"],
    "unindexed": ["POINT (5 6)"],
}
DEEP = {
    "point": ["POINT Z (1 2 3)"],
    "line": ["LINESTRING Z (0 0 1, 1 1 2.5)"],
    "polygons": ["MULTIPOLYGON Z (((0 0 1, 0 1 1, 1 1 2, 0 0 1)))"],
}


WITHIN = (23, 37, 24, 38)
"""A box that holds one of the points."""


def main():
    """Run the step that the command line names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.spatial.settings"
    django.setup()
    step, *words = sys.argv[1:]
    found = move(*words) if step == "move" else refuse(*words)
    sys.stdout.write(json.dumps(found))


def late(name: str) -> Any:
    """Import a module that looks for settings, apps or GDAL as it is imported."""
    return import_module(name)


def models():
    """The project's models."""
    module = late("tests.spatial.models")
    return module.Shape, module.Solid, module.Place


def prepare(*aliases):
    """Make the tables, and PostGIS where it is missing."""
    for alias in aliases:
        connections[alias].prepare_database()
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0)


def keep_heights(*aliases):
    """Do all of these engines know a third dimension?"""
    return all(connections[alias].vendor != "mysql" for alias in aliases)


def fill(alias, *, heights):
    """Make a row for every shape, and one without any."""
    shape, solid, place = models()
    for model, samples in ((shape, FLAT), (solid, DEEP if heights else {})):
        for field, shapes in samples.items():
            srid = model._meta.get_field(field).srid
            for spelled in shapes:
                model.objects.using(alias).create(**{field: f"SRID={srid};{spelled}"})
        model.objects.using(alias).create()
    place.objects.using(alias).create(at="SRID=4326;POINT (23.7275 37.9838)")


def contents(alias):
    """Return every shape as GeoDjango reads it, bit by bit."""
    return [
        [
            model.__name__,
            row.pk,
            {
                field.name: value.hexewkb.decode()
                for field in model._meta.fields
                if hasattr(value := getattr(row, field.name), "hexewkb")
            },
        ]
        for model in models()
        for row in model.objects.using(alias).order_by("pk")
    ]


def found_by_index(alias):
    """Count what a search within a box finds, which goes through the index."""
    shape, _, _ = models()
    box = late("django.contrib.gis.geos").Polygon.from_bbox(WITHIN)
    box.srid = 4326
    return shape.objects.using(alias).filter(point__within=box).count()


def move(source, target, folder):
    """Fill, copy, verify; dump, load, verify."""
    syncline = late("syncline")
    prepare(source, target)
    fill(source, heights=keep_heights(source, target))
    before = contents(source)
    syncline.copy(source, target).run()
    copied = contents(target)
    equal = syncline.verify(source, target).run().equal
    path = f"{folder}/shapes.syncline"
    syncline.dump(path, database=source).run()
    replace = syncline.LoadOptions(mode=syncline.Mode.REPLACE, verify=True)
    report = syncline.load(path, database=target, options=replace).run()
    return {
        "before": before,
        "copied": copied,
        "loaded": contents(target),
        "equal": [equal, report.verified.equal],
        "within": [found_by_index(source), found_by_index(target)],
    }


def refuse(source, target):
    """Copy a shape that the target cannot hold; return what is said about it."""
    shape, solid, _ = models()
    prepare(source, target)
    if keep_heights(target):
        shape.objects.using(source).create(any="SRID=4326;POINT EMPTY")
    else:
        solid.objects.using(source).create(point="SRID=4326;POINT Z (1 2 3)")
    found = {"code": "", "text": ""}
    try:
        late("syncline").copy(source, target).run()
    except SynclineError as error:
        found = {"code": error.code, "text": str(error)}
    return {**found, "rows": contents(target)}


if __name__ == "__main__":
    main()
