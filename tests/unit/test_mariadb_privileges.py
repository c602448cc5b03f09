"""What MariaDB's grants say of triggers."""

import pytest

pytest.importorskip("MySQLdb")
privileges = pytest.importorskip("syncline.engines.mariadb.privileges")
grants_of, missing = privileges.grants_of, privileges.missing

USAGE = "GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*1'"
ALL = "GRANT ALL PRIVILEGES ON {} TO `a`@`%`"
OWNER = ALL.format("`site`.*")
ROOT = ALL.format("*.*") + " WITH GRANT OPTION"


@pytest.mark.parametrize(
    "grant",
    [
        ROOT,
        OWNER,
        ALL.format(r"`si\_e`.*").replace(r"\_", "_"),
        ALL.format("`s%`.*"),
        "GRANT SELECT, INSERT (`a`, `b`), TRIGGER ON `site`.`item` TO `a`@`%`",
    ],
)
def test_triggers_may_be_made(grant):
    assert missing(grants_of([USAGE, grant]), "site", ["item"], logged=False) == []


@pytest.mark.parametrize(
    "grant",
    [
        USAGE,
        ALL.format("`other`.*"),
        ALL.format(r"`si\_e`.*"),
        ALL.format("`site`.`order`"),
        "GRANT SELECT, INSERT ON `site`.* TO `a`@`%`",
        "GRANT `role` TO `a`@`%`",
    ],
)
def test_missing_privilege_is_named_with_its_remedy(grant):
    assert missing(grants_of([USAGE, grant]), "site", ["item"], logged=False) == [
        "The privilege TRIGGER on item is missing: GRANT TRIGGER ON site.item."
    ]


def test_binary_log_wants_more():
    [sentence] = missing(grants_of([USAGE, OWNER]), "site", ["item"], logged=True)

    assert "log_bin_trust_function_creators" in sentence
    assert missing(grants_of([ROOT]), "site", ["item"], logged=True) == []
    binlog = "GRANT BINLOG ADMIN, PROCESS ON *.* TO `a`@`%`"
    assert missing(grants_of([binlog, OWNER]), "site", ["item"], logged=True) == []
