"""The documentation says what the code does; what can be compared is compared."""

import ast
import re
from argparse import Action
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

import syncline
from docs._ext.command_text import explained, options, parsers, render, spelled
from syncline import errors
from syncline.changes.kinds import Form, Kind
from syncline.management import node_reports, reports
from syncline.management.commands.syncline import (
    DIFFERS,
    ERROR,
    INTERRUPTED,
    SET_ASIDE,
    UNREAD,
    USAGE,
)
from syncline.management.verbs import VERBS
from syncline.schema.description import (
    FieldDescription,
    ModelDescription,
    Statistics,
)
from syncline.snapshot import container
from syncline.snapshot.dump import DumpReport
from syncline.snapshot.options import LoadReport
from syncline.transfer.reports import (
    RunSummary,
    StatusReport,
    SyncReport,
    TrackReport,
    UntrackReport,
)
from syncline.verify.compare import VerifyReport

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)

WORDS = {
    "alias",
    "bulk snapshot",
    "changeset",
    "conflict",
    "dump",
    "engine",
    "finding",
    "ledger",
    "load",
    "natural key",
    "node",
    "peer",
    "pull",
    "push",
    "quarantine",
    "record",
    "row",
    "run",
    "snapshot",
    "source",
    "sync",
    "target",
    "track",
    "transfer",
    "transform",
}
"""Words that the design fixes and that this release uses."""

OTHER_WORDS = r"master|slave|remote|oplog|outbox|partner|delta|dialect|bookmark"
"""Words that the glossary replaces by others."""

FENCED = re.MULTILINE | re.DOTALL

PLACES = r"/root\b|/work\b|/home/|/tmp/|/opt/|pypi\.org|pythonhosted"
"""What says more about where a page was written than about the program."""


STATUS = StatusReport(database="a", node="", tables=[])
SYNC = SyncReport(database="a", peer="b")
RUN = RunSummary(
    id=1,
    verb="sync",
    arguments={},
    state="done",
    started_at=datetime(2026, 5, 1, tzinfo=UTC),
    ended_at=None,
    begun_by="",
    report={},
    error="",
)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def error_classes() -> list[type[errors.SynclineError]]:
    return [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.SynclineError)
    ]


def entries() -> dict[str, str]:
    """The sections of the errors page, by heading."""
    parts = re.split(r"^### (.+)$", page("reference/errors.md"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def own_options(verb: str) -> Iterator[Action]:
    return (action for _, group in options(verb) for action in group)


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_an_error_has_its_entry(error):
    entry = entries()[f"{error.code}: {error.__name__}"]

    assert "**What to do:**" in entry
    assert f"({error.code.rpartition('.')[2].lower()})=" in page("reference/errors.md")


def test_the_errors_page_has_no_other_entries():
    assert len(entries()) == len(error_classes())


def test_a_code_belongs_to_one_error():
    codes = [error.code for error in error_classes()]

    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_its_section(verb):
    text = page("reference/commands.md")

    assert f"## {verb}\n" in text
    assert f"```{{verb}} {verb}\n```" in text


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_shown(verb):
    text = render(verb)

    for action in own_options(verb):
        assert f"```{{option}} {spelled(action)}\n{explained(action)}" in text
        assert action.help, spelled(action)


@pytest.mark.parametrize("verb", VERBS)
def test_an_example_is_understood_by_the_parser(verb):
    words = str(parsers()[verb].epilog).partition(f"syncline {verb} ")[2].split()

    parsers()[verb].parse_args(words)


def commands() -> Iterator[tuple[str, str]]:
    """Every call of a verb in the console blocks of the pages, with its page."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for block in re.findall(r"^```(?:console|sh)$(.*?)^```$", text, FENCED):
            for call in re.findall(r"\bsyncline ([a-z]+ [^\n]*)", block):
                yield str(path.relative_to(DOCS)), call


@pytest.mark.parametrize(("where", "call"), sorted(set(commands())))
def test_a_command_on_a_page_has_options_that_exist(where, call):
    verb, _, rest = call.partition(" ")
    words = re.split(r"[|;>&'\"]\s|\s[|;>&#]", rest)[0]

    assert verb in VERBS, where
    known = {name for action in own_options(verb) for name in action.option_strings}
    shared = {
        name
        for _, group in options(verb, django=True)
        for action in group
        for name in action.option_strings
    }
    used = set(re.findall(r"(?<!\S)--[a-z-]+", words))
    assert used <= known | shared, where


def test_options_named_in_the_pages_exist():
    known = {
        name
        for verb in VERBS
        for django in (False, True)
        for _, group in options(verb, django=django)
        for action in group
        for name in action.option_strings
    }
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"`(--[a-z-]+)", text))
        assert named <= known, path


def row_of(text: str, first: str) -> str:
    """Find a table's row by its first cell."""
    [row] = re.findall(rf"^\| {re.escape(first)} \|.*$", text, re.MULTILINE)
    return str(row)


@pytest.mark.parametrize(
    ("verbs", "document"),
    [
        ("`dump`", reports.dump_document(DumpReport(path=""), 0)),
        ("`load`, `copy`", reports.load_document(LoadReport(), 0)),
        ("`verify`", reports.verify_document(VerifyReport())),
        ("`status`", node_reports.status_document(STATUS)),
        ("`pull`, `push`, `sync`", node_reports.sync_document(SYNC, 0)),
        ("`runs show`", node_reports.run_document(RUN)),
    ],
)
def test_the_keys_of_a_json_report_are_listed(verbs, document):
    section = page("reference/commands.md").partition("(json-reports)=")[2]
    row = row_of(section, verbs)

    assert [key for key in document if f"`{key}`" not in row] == []


@pytest.mark.parametrize(
    ("verbs", "report"),
    [
        ("`dump`", DumpReport),
        ("`load`, `copy`", LoadReport),
        ("`verify`", VerifyReport),
        ("`track`", TrackReport),
        ("`untrack`", UntrackReport),
        ("`status`", StatusReport),
        ("`pull`, `push`, `sync`", SyncReport),
    ],
)
def test_the_attributes_of_a_report_are_listed(verbs, report):
    row = row_of(page("reference/python-api.md"), verbs)

    names = [field.name for field in fields(report)]
    assert [name for name in names if f"`{name}`" not in row] == []


def test_the_exit_codes_are_listed():
    text = page("reference/commands.md")

    for code in (0, ERROR, USAGE, SET_ASIDE, DIFFERS, INTERRUPTED, UNREAD):
        assert f"| {code} | " in text


def test_every_kind_and_form_is_explained():
    text = page("reference/file-format.md")

    for kind in Kind:
        assert f"| `{kind}` | " in text
    for form in Form:
        assert f"`{form}`" in text or form is Form.PACKED


def test_the_keys_of_the_manifest_are_explained():
    text = page("reference/file-format.md")
    structs = (
        container.Head,
        container.Chunk,
        container.StoredFile,
        container.Manifest,
        container.Contents,
        FieldDescription,
        ModelDescription,
        Statistics,
    )
    names = {name for struct in structs for name in struct.__struct_fields__}

    assert {name for name in names if f"`{name}`" not in text} == set()


def test_the_limits_of_the_file_are_the_code_s():
    text = page("reference/file-format.md")
    mib = 1024 * 1024

    assert f"`manifest.json` | {container.MANIFEST_BYTES_MAX // mib} MiB" in text
    assert f"`syncline.json` | {container.HEAD_BYTES_MAX // 1024} KiB" in text
    assert f"unpacked | {container.CHUNK_BYTES_MAX // mib} MiB" in text
    assert f"unpacked | {container.ROW_BYTES_MAX // mib // 1024} GiB" in text
    assert f"format {container.FORMAT_VERSION}." in text


def test_the_glossary_has_the_words():
    terms = set(re.findall(r"^([a-z][a-z ,-]*)$", page("glossary.md"), re.MULTILINE))

    assert terms >= WORDS
    assert sorted(terms) == list(
        re.findall(r"^([a-z][a-z ,-]*)$", page("glossary.md"), re.MULTILINE)
    )


def test_the_python_api_page_shows_what_is_public():
    assert ".. automodule:: syncline\n" in page("reference/python-api.md")
    for name in syncline.__all__:
        assert getattr(syncline, name).__doc__, name


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_tidy(path):
    text = path.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=FENCED)

    assert re.findall(PLACES, text) == []
    assert re.findall(rf"\b(?:{OTHER_WORDS})s?\b", prose, re.IGNORECASE) == []
    assert text.startswith(("# ", "(")), "a page begins with its title"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_python_on_a_page_is_python(path):
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```python$(.*?)^```$", text, FENCED):
        ast.parse(block)


def test_every_page_is_in_a_table_of_contents():
    text = page("index.md")

    for path in PAGES:
        name = str(path.relative_to(DOCS).with_suffix(""))
        if name != "index":
            assert name in text or name.startswith("decisions/"), name
