"""What MariaDB is asked about a column's values, by kind; `@` stands for the column."""

from syncline.changes.documents import LEVELS_MAX
from syncline.changes.kinds import Kind

ENDS = {"least": "MIN(@)", "greatest": "MAX(@)"}
SPELLED_ENDS = {"least": "CAST(MIN(@) AS CHAR)", "greatest": "CAST(MAX(@) AS CHAR)"}
TEXT = {
    "longest": "MAX(CHAR_LENGTH(@))",
    "nuls": "SUM(LOCATE(X'00', CAST(@ AS BINARY)) > 0)",
}

MEASURES = {
    **dict.fromkeys((Kind.DURATION, Kind.FLOAT, Kind.INTEGER), ENDS),
    **dict.fromkeys(
        (Kind.DATE, Kind.DATETIME, Kind.DECIMAL, Kind.NAIVE, Kind.TIME), SPELLED_ENDS
    ),
    Kind.BINARY: {"longest": "MAX(LENGTH(@))"},
    Kind.JSON: {
        "longest": "MAX(CHAR_LENGTH(@))",
        "nuls": "SUM(LOCATE('\\\\u0000', @) > 0)",
        "odd": "SUM(NOT JSON_VALID(@) OR LOCATE('\\\\ud', LOWER(@)) > 0 OR "
        "CHAR_LENGTH(@) - CHAR_LENGTH(REPLACE(REPLACE(@, '[', ''), '{', '')) "
        f"> {LEVELS_MAX})",
    },
    Kind.NATIVE: TEXT,
    Kind.TEXT: TEXT,
}
