"""Nodes that run different releases of one project: one has fields the other lacks."""

from copy import deepcopy
from dataclasses import dataclass, field

from django.db import connections, models
from django.db.migrations.state import ModelState, StateApps

from syncline.registry import Declared
from syncline.registry.compiling import compile_declarations
from syncline.registry.declaration import Declaration, Options
from syncline.tables.binding import Field
from tests.stations.models import Instrument, Label
from tests.sync.nodes import Node


@dataclass(kw_only=True)
class Release:
    """One release of a project: instruments with some more fields, and labels."""

    fields: dict[str, Field] = field(default_factory=dict)
    """By name; a new field is never used in two releases."""

    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        apps = StateApps([], {})
        label = ModelState.from_model(Label)
        state = ModelState.from_model(Instrument)
        for name, added in self.fields.items():
            state.fields[name] = deepcopy(added)
        apps.render_multiple([label, state])
        self.instrument = apps.get_model("stations", "Instrument")
        self.label = apps.get_model("stations", "Label")
        self.declared: Declared = compile_declarations(
            [
                Declaration(model=self.label, where="test"),
                Declaration(model=self.instrument, where="test", options=self.options),
            ],
            (),
        ).declared

    def columns(self) -> dict[str, Field]:
        """The added fields, as the model has them."""
        return {name: self.instrument._meta.get_field(name) for name in self.fields}


@dataclass
class Deployed(Node):
    """A node on which a release of the project is installed."""

    release: Release = field(default_factory=Release)

    def declared(self) -> Declared:
        return self.release.declared

    @property
    def instruments(self) -> models.QuerySet[models.Model]:
        found: models.QuerySet[models.Model]
        found = self.release.instrument._default_manager.using(self.alias)
        return found

    def migrate(self, release: Release) -> None:
        """Install another release: add and remove columns as its migration does."""
        before, after = self.release, release
        with connections[self.alias].schema_editor() as editor:
            for name, column in after.columns().items():
                if name not in before.fields:
                    editor.add_field(before.instrument, column)
            for name, column in before.columns().items():
                if name not in after.fields:
                    editor.remove_field(before.instrument, column)
        self.release = release
        self.database = self.open()
