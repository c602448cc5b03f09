"""Every error: a code of its own, and a text that tells a tired reader what to do."""

import re

import pytest

from syncline import errors
from syncline.errors import SynclineError, listed
from tests.golden import texts

EXAMPLES = [
    errors.SynclineError("Something is wrong.", hint="Do something about it."),
    errors.UsageError("--where 'x' is not understood.", hint="Write it otherwise."),
    errors.UnknownAlias(alias="new", known=["default", "archive"]),
    errors.UnknownModel(name="auth.Usr", near=["auth.User"]),
    errors.UnknownModel(name="quux", near=[]),
    errors.SameDatabase(source="default", target="copy"),
    errors.MissingDriver(engine="PostgreSQL", extra="postgresql"),
    errors.MissingDriver(
        engine="The database 'new'", extra="mariadb", detail="no module MySQLdb"
    ),
    errors.DatabaseUnreachable(alias="new", reason="connection refused"),
    errors.DatabaseFailed(alias="new", reason="server has gone away"),
    errors.FileTrouble(path="/data/site.syncline", reason="there is no such file"),
    errors.DamagedFile(
        path="site.syncline",
        reason="the digest of rows/0/0.jsonl.zst is wrong",
        hint="Nothing was written. Make the file again, or fetch it again.",
    ),
    errors.NewerFile(path="site.syncline", format_version=3, known=1),
    errors.MissingTables(alias="new", tables=["auth_user", "auth_group"]),
    errors.MissingTables(alias="new", tables=["auth_user"]),
    errors.SchemaDiffers(differences=["shop.Item.a is not here"]),
    errors.TargetNotEmpty(alias="new", tables=["auth.User (3 rows)"]),
    errors.RowsUnfit(findings=["shop.Item.name has 1 value longer than 3 (pk 7)"]),
    errors.ValueRefused(
        field="shop.Item.price", pk=7, value="1,5", reason="not a number"
    ),
    errors.ValueRefused(
        field="shop.Item.text", pk=(1, "a"), value="x" * 99, reason="too odd"
    ),
    errors.Orphans(findings=["shop.Item.owner has 2 rows without their auth.User"]),
    errors.ConstraintBroken(model="new", reason="duplicate key value"),
    errors.RowsLost(table="`item`", sent=5, kept=4, reason="Data truncated"),
    errors.NotConfirmed(what="Replacing the rows of 'new'"),
    errors.PluginFailed(hook="pre_walk", label="shop.Item", reason="KeyError: 'x'"),
    errors.BackupFailed(alias="new", reason="pg_dump is not installed"),
    errors.NothingToResume(work_dir="/var/tmp/syncline"),
    errors.CannotResolve(conflict=3, reason="the record is deleted"),
    errors.NothingThere(what="open conflict", number=3),
    errors.Interrupted(),
    errors.BadDeclaration(
        what="shop.Item",
        reasons=["key names 'cod', which is no field of it (did you mean code?)"],
    ),
    errors.RulesFailed(module="shop.sync_rules", reason="NameError: no name 'Item'"),
    errors.BadSetting(reasons=["there is no 'MODEL' (did you mean MODELS?)"]),
    errors.CaptureUnsupported(engine="Oracle"),
    errors.SequencerBusy(alias="new", wait_s=60, holder="connection 17"),
    errors.NotAllowed(alias="new"),
    errors.NotTracked(alias="new"),
    errors.KeyNotUnique(label="shop.Item", key=["code"], samples=["17 (2 rows)"]),
    errors.MissingPrivileges(alias="new", reasons=["the TRIGGER privilege is missing"]),
    errors.PeersDiffer(
        peer="office", differences=["shop.Item: the key: code here, name there"]
    ),
    errors.FirstContactOpen(
        peer="office", findings=["shop.Note has 2 pks on both sides, 1 row equal"]
    ),
    errors.UnknownPeer(peer="", known=["office", "archive"]),
    errors.UnknownPeer(peer="offise", known=["office"]),
    errors.ChangesetRefused(source="a1b2", reason="it was made for another node"),
    errors.TargetBusy(alias="new", reason="duplicate key value"),
    errors.BadCheckpoint(peer="office", position=900, reason="its order ends at 812"),
    errors.AbsentRefused(
        source="office",
        findings=["shop.Item would lose 40 of 100 records, and 10 at most may go"],
        hint="Nothing was deleted. List them with --dry-run --absent-max 100%, and "
        "then say how many may go.",
    ),
    errors.CannotMerge(
        label="shop.Item",
        pks=["3", "7"],
        reason="shop.Price 4 and 9 would have the same item, day, which is not what "
        "identifies them",
    ),
    errors.NoSuchRow(label="shop.Item", pk="77", alias="default"),
    errors.CannotUndo(run=12, reason="a later run has written one of its records"),
    errors.CannotUndo(run=12, reason="stations.Station 7 needs it", revert=True),
    errors.DatabasePutBack(node="ab12", known=71, counter=64, peer="hub"),
    errors.NotInstalled(verb="sync"),
    errors.NothingDeclared(example="shop.Item"),
    errors.NotDeclared(alias="default", names=["auth"]),
    errors.UnknownRun(run=77, alias="default", known=[12, 11]),
    errors.UnknownRun(run=77, alias="default", known=[]),
    errors.NotResumable(run=12, reason="process 4711 is at it"),
]


def tree(root=SynclineError):
    """The class and all below it."""
    return [root, *(deep for child in root.__subclasses__() for deep in tree(child))]


def own(classes):
    return [cls for cls in classes if cls.__module__.startswith(errors.__name__)]


def test_golden_text_of_every_error():
    sections = [f"{type(e).__name__} {e.code}\n{e}\n" for e in EXAMPLES]

    texts.check("errors.txt", "\n".join(sections))


def test_every_class_has_an_example():
    classes = set(own(tree()))

    assert classes == {type(example) for example in EXAMPLES}


def test_every_error_of_the_module_is_in_the_tree():
    defined = {
        cls
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, Exception)
    }

    assert defined == set(own(tree()))


def test_every_class_has_a_code_of_its_own():
    codes = [cls.code for cls in own(tree())]

    assert sorted(set(codes)) == sorted(codes)
    assert all(re.fullmatch(r"syncline\.E\d{3}", code) for code in codes)
    assert all("code" in vars(cls) for cls in own(tree()))


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_text_is_the_message_and_the_hint(error):
    assert str(error) == f"{error.message} {error.hint}".strip()
    assert "\n" not in str(error)
    assert not re.search(r"\s{2,}|\.\.$|: \.|\bNone\b", str(error))


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_message_is_a_whole_sentence_before_the_hint(error):
    assert error.message.endswith((".", "?", "!")) or not error.hint


def test_error_keeps_its_values():
    error = errors.RowsLost(table="t", sent=5, kept=4, reason="why")

    assert (error.table, error.sent, error.kept, error.reason) == ("t", 5, 4, "why")


def test_one_thing_is_not_spoken_of_in_the_plural():
    assert "1 tables" not in str(errors.MissingTables(alias="new", tables=["a"]))


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["a"], "a"),
        ([1, 2, 3, 4, 5], "1, 2, 3, 4, 5"),
        (range(7), "0, 1, 2, 3, 4 and 2 more"),
    ],
)
def test_long_list_is_cut_and_counted(items, text):
    assert listed(items) == text


def test_long_list_of_findings_says_how_many_there_are_more():
    findings = [f"finding {number}" for number in range(25)]

    for cls in (errors.RowsUnfit, errors.Orphans):
        assert "5 more" in str(cls(findings=findings))
    assert "5 more" in str(errors.SchemaDiffers(differences=findings))
