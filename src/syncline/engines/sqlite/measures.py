"""What SQLite is asked about a column's values, by kind; `@` stands for the column."""

from syncline.changes.documents import LEVELS_MAX
from syncline.changes.kinds import Kind

ENDS = {"least": "MIN(+@)", "greatest": "MAX(+@)"}
FINITE = "CASE WHEN ABS(@) < 9e999 THEN @ END"
LENGTH = {"longest": "MAX(LENGTH(@))"}

MEASURES = {
    **dict.fromkeys(
        (
            Kind.DATE,
            Kind.DATETIME,
            Kind.DECIMAL,
            Kind.DURATION,
            Kind.INTEGER,
            Kind.NAIVE,
            Kind.TIME,
        ),
        ENDS,
    ),
    Kind.BINARY: LENGTH,
    Kind.FLOAT: {
        "least": f"MIN({FINITE})",
        "greatest": f"MAX({FINITE})",
        "odd": "SUM(@ IN (9e999, -9e999) "
        "OR typeof(@) NOT IN ('real', 'integer', 'null'))",
    },
    Kind.GEOMETRY: {"odd": "SUM(CoordDimension(@) <> 'XY')"},
    Kind.JSON: {
        **LENGTH,
        "nuls": "SUM(INSTR(@, '\\u0000') > 0)",
        "odd": "SUM(NOT json_valid(@) OR INSTR(LOWER(@), '\\ud') > 0 "
        "OR LENGTH(@) - LENGTH(REPLACE(REPLACE(@, '[', ''), '{', '')) "
        f"> {LEVELS_MAX})",
    },
    Kind.TEXT: {**LENGTH, "nuls": "SUM(INSTR(@, char(0)) > 0)"},
}
