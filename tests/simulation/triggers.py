"""What users' own triggers do besides: they write while changesets are applied."""

from random import Random  # noqa: TID251 - here it is passed in, and seeded

from django.db import connections

STARS = "UPDATE stations_remark SET stars = {} WHERE id > 0"

SQLITE = (
    # Another table, whose rows the same changeset may write.
    """
    CREATE TRIGGER users_depth AFTER UPDATE OF depth ON stations_harbour
    WHEN OLD.depth IS NOT NEW.depth
    BEGIN UPDATE stations_remark SET stars = NEW.depth % 9; END
    """,
    # The same row, once more.
    """
    CREATE TRIGGER users_even AFTER UPDATE OF stars ON stations_remark
    WHEN NEW.stars % 2 = 1
    BEGIN UPDATE stations_remark SET stars = stars + 1 WHERE id = NEW.id; END
    """,
    # The same row, as soon as it is there.
    """
    CREATE TRIGGER users_first AFTER INSERT ON stations_remark WHEN NEW.stars = 0
    BEGIN UPDATE stations_remark SET stars = 2 WHERE id = NEW.id; END
    """,
    # A row more.
    """
    CREATE TRIGGER users_named AFTER UPDATE OF name ON stations_region
    WHEN OLD.name IS NOT NEW.name
    BEGIN INSERT INTO stations_remark (text, stars) VALUES ('trigger', 0); END
    """,
    # A row less.
    """
    CREATE TRIGGER users_gone AFTER DELETE ON stations_remark
    BEGIN DELETE FROM stations_label WHERE hidden; END
    """,
)


def make(random: Random, alias: str) -> str:
    """Make some triggers of a user's; say which."""
    connection = connections[alias]
    if connection.vendor != "sqlite":
        return "none"
    chosen = random.sample(SQLITE, random.choice((0, 1, 2)))
    with connection.cursor() as cursor:
        for sql in chosen:
            cursor.execute(sql)
    return " ".join(sql.split()[2] for sql in chosen) or "none"
