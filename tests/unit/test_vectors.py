"""The test vectors of docs/reference/file-format.md, run against the code."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncline.changes.canonical import LAST
from syncline.changes.conversion import conversion
from syncline.changes.kinds import Cell, Form, Kind
from syncline.snapshot.spelling import row_decoder, row_encoder

FILE = Path(__file__).parents[2] / "docs" / "reference" / "vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))

REFUSALS = (msgspec.DecodeError, msgspec.ValidationError, KeyError)
"""What a reader of files takes for damage."""


def name(vector: dict[str, Any]) -> str:
    """Name a test after its vector, in ASCII."""
    values = [json.dumps(value) for value in list(vector.values())[1:]]
    return "-".join([vector["kind"], *values])


def each(kind_of_vector: str) -> Any:
    return pytest.mark.parametrize("vector", VECTORS[kind_of_vector], ids=name)


def meant(vector: dict[str, Any]) -> Any:
    """Give the value that a spelling stands for."""
    value = json.loads(vector["json"])
    if "bytes" in vector:
        return bytes.fromhex(vector["bytes"])
    return float(value) if vector["kind"] == "float" and value is not None else value


def cell(vector: dict[str, Any]) -> Cell:
    """Give the column that a stored value comes from."""
    return Cell(
        kind=Kind(vector["kind"]),
        form=Form(vector["form"]),
        zone=vector.get("zone", "UTC"),
        places=vector.get("places"),
    )


def run(source: Cell, target: Cell, value: Any) -> Any:
    step = conversion(source, target)
    return value if step is None else step(value)


def canonical(kind: str, value: Any) -> Any:
    step = LAST.get(Kind(kind))
    return value if value is None or step is None else step(value)


def same(a: Any, b: Any) -> bool:
    return msgspec.msgpack.encode(a) == msgspec.msgpack.encode(b)


def test_every_kind_has_vectors():
    assert {vector["kind"] for vector in VECTORS["spelled"]} == set(Kind)


@each("spelled")
def test_a_spelling_is_read(vector):
    decode = row_decoder([Kind(vector["kind"])])
    [[value]] = decode(f"[{vector['json']}]\n".encode())
    assert same(value, meant(vector))


@each("spelled")
def test_a_value_is_spelled_so(vector):
    encode = row_encoder([Kind(vector["kind"])])
    spelled = encode([(meant(vector),)])
    # The text of a number or of an escape may differ; what it says may not.
    assert same(json.loads(spelled), [json.loads(vector["json"])])


@each("refused")
def test_a_value_of_another_kind_is_refused(vector):
    decode = row_decoder([Kind(vector["kind"])])
    with pytest.raises(REFUSALS):
        decode(f"[{vector['json']}]\n".encode())


@each("read")
def test_a_stored_value_is_read(vector):
    source = cell(vector)
    wire = run(source, source.as_wire(), vector["stored"])
    assert same(wire, vector["wire"])


@each("written")
def test_a_value_is_stored_so(vector):
    target = cell(vector)
    stored = run(target.as_wire(), target, vector["wire"])
    assert same(stored, vector["stored"])


@each("unreadable")
def test_a_stored_value_of_another_kind_is_refused(vector):
    source = cell(vector)
    with pytest.raises((ValueError, ArithmeticError)):
        run(source, source.as_wire(), vector["stored"])


@each("same")
def test_two_spellings_are_one_value(vector):
    canonical_of = partial(canonical, vector["kind"])
    assert canonical_of(vector["a"]) == canonical_of(vector["b"])


@each("different")
def test_two_values_stay_two(vector):
    canonical_of = partial(canonical, vector["kind"])
    assert canonical_of(vector["a"]) != canonical_of(vector["b"])
