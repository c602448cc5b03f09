"""Geometries: spelled as `SRID;WKB`, and packed as each engine takes them.

The wire's WKB is the one of ISO (OGC 06-103r4, part 8), little-endian, in upper-case
hexadecimal: PostGIS, SpatiaLite and MariaDB all give and take it.
"""

import struct

HEAD = struct.Struct("<BI")
SRID = struct.Struct("<I")
EWKB_SRID = 0x20000000
"""The flag by which PostGIS says that an SRID follows (liblwgeom, lwin_wkb.c)."""

TYPES = frozenset(
    {
        "geometry",
        "geometrycollection",
        "linestring",
        "multilinestring",
        "multipoint",
        "multipolygon",
        "point",
        "polygon",
    }
)
"""How the standard calls them, and so SpatiaLite and MariaDB their columns."""

FLAT_TYPES_MAX = 1000
"""Types from here on have a third or fourth coordinate."""

POINT = 1
EMPTY_POINT = "000000000000F87F"
"""The first coordinate of a point that is nowhere: not a number."""


def parts_of(value: str) -> tuple[int, bytes]:
    """Read a wire value as SRID and WKB."""
    srid, _, shape = value.partition(";")
    return int(srid), bytes.fromhex(shape)


def pack_extended(value: str) -> bytes:
    """Pack a shape as PostGIS receives it: WKB with the SRID behind the type."""
    srid, shape = parts_of(value)
    order, kind = HEAD.unpack_from(shape)
    head = HEAD.pack(order, kind | EWKB_SRID) if srid else HEAD.pack(order, kind)
    return head + (SRID.pack(srid) if srid else b"") + shape[HEAD.size :]


def pack_prefixed(value: str) -> bytes:
    """Pack a shape as MariaDB stores it: the SRID, then WKB."""
    srid, shape = parts_of(value)
    return SRID.pack(srid) + shape


def refused_if_empty(value: str) -> str:
    """Say what SpatiaLite has against a shape."""
    _, kind, rest = _opened(value)
    empty = EMPTY_POINT if kind % FLAT_TYPES_MAX == POINT else "00000000"
    return "that are empty" if rest.startswith(empty) else ""


def refused_if_deep(value: str) -> str:
    """Say what MariaDB has against a shape."""
    _, kind, _ = _opened(value)
    if kind > FLAT_TYPES_MAX:
        return "with more than two dimensions"
    return refused_if_empty(value)


def _opened(value: str) -> tuple[str, int, str]:
    srid, _, shape = value.partition(";")
    _, kind = HEAD.unpack(bytes.fromhex(shape[: 2 * HEAD.size]))
    return srid, kind, shape[2 * HEAD.size :]
