"""What PostgreSQL is asked about a column's values, by kind; `@` is the column."""

from syncline.changes.documents import LEVELS_MAX
from syncline.changes.kinds import Kind
from syncline.engines.postgresql.columns import DURATION

SPELLED_ENDS = {"least": "MIN(@)::text", "greatest": "MAX(@)::text"}
UTC = "AT TIME ZONE 'UTC'"
ODD_FLOAT = "@ IN ('NaN', 'Infinity', '-Infinity')"
LENGTH = {"longest": "MAX(length(@::text))"}

MEASURES = {
    **dict.fromkeys((Kind.DATE, Kind.NAIVE, Kind.TIME), SPELLED_ENDS),
    Kind.BINARY: {"longest": "MAX(length(@))"},
    Kind.DATETIME: {
        "least": f"(MIN(@) {UTC})::text",
        "greatest": f"(MAX(@) {UTC})::text",
    },
    Kind.DECIMAL: {**SPELLED_ENDS, "odd": "COUNT(*) FILTER (WHERE @ = 'NaN')"},
    Kind.DURATION: {"least": f"MIN({DURATION})", "greatest": f"MAX({DURATION})"},
    Kind.FLOAT: {
        "least": f"MIN(@) FILTER (WHERE NOT {ODD_FLOAT})",
        "greatest": f"MAX(@) FILTER (WHERE NOT {ODD_FLOAT})",
        "odd": f"COUNT(*) FILTER (WHERE {ODD_FLOAT})",
    },
    Kind.GEOMETRY: {
        "odd": "COUNT(*) FILTER (WHERE ST_IsEmpty(@::geometry) "
        "OR ST_NDims(@::geometry) > 2)"
    },
    Kind.INTEGER: {"least": "MIN(@)", "greatest": "MAX(@)"},
    Kind.JSON: {
        **LENGTH,
        "odd": "COUNT(*) FILTER (WHERE strpos(lower(@::text), '\\ud') > 0 OR "
        f"length(@::text) - length(translate(@::text, '[{{', '')) > {LEVELS_MAX})",
    },
    Kind.NATIVE: LENGTH,
    Kind.TEXT: LENGTH,
}
