"""What differs between two descriptions of the same models."""

from collections.abc import Collection, Mapping

from syncline.changes.conversion import can_convert
from syncline.schema.description import ModelDescription


def differences(
    source: Mapping[str, ModelDescription],
    target: Mapping[str, ModelDescription],
    converting: Collection[tuple[str, str]] = (),
) -> list[str]:
    """Say per model and field what the target lacks or has besides.

    Args:
        source: what is to be loaded, by label.
        target: the models that are installed, by label.
        converting: (label, field) pairs that are stored differently on each engine
            and come with a conversion of their own.
    """
    found: list[str] = []
    for label, model in source.items():
        if label not in target:
            found.append(f"{label} is not installed here")
            continue
        found += _field_differences(model, target[label], converting)
    return found


def _field_differences(
    source: ModelDescription,
    target: ModelDescription,
    converting: Collection[tuple[str, str]],
) -> list[str]:
    ours = {described.name: described for described in source.fields}
    theirs = {described.name: described for described in target.fields}
    computed = {*source.generated, *target.generated}
    gone = [
        f"{source.label}.{name} is not here"
        for name in ours.keys() - theirs.keys() - computed
    ]
    new = [
        f"{source.label}.{name} is new here"
        for name in theirs.keys() - ours.keys() - computed
    ]
    changed = [
        f"{source.label}.{name} was {ours[name].kind} and is {theirs[name].kind}"
        for name in ours.keys() & theirs.keys()
        if not can_convert(ours[name].kind, theirs[name].kind)
        and (target.label, name) not in converting
    ]
    return sorted(gone) + sorted(new) + sorted(changed)
