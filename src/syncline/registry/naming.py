"""Which models `SYNCLINE["MODELS"]` names, in any of the forms that it takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.apps import AppConfig, apps

from syncline.registry.declaration import BAD, Declaration, Problem, did_you_mean
from syncline.tables.selection import Model

SETTING = 'settings.SYNCLINE["MODELS"]'


def named_in_settings(said: object) -> tuple[list[Declaration], list[Problem]]:
    """Give a declaration without options for each model that the setting names.

    Args:
        said: a name or several: of an app (its label or its dotted path), of a model
            (`auth.User`), or an app with its models: `{"auth": ["User"]}` or
            `("auth", "User")`. The case of letters does not matter.
    """
    found: list[Declaration] = []
    problems: list[Problem] = []
    for app, model in _entries(said):
        try:
            found += _declarations(app, model)
        except LookupError as error:
            problems.append(Problem(check=BAD, text=str(error), subject=SETTING))
    return found, problems


def _entries(said: object) -> Iterator[tuple[str, str]]:
    """Give pairs of an app's and a model's name; no model stands for all."""
    if isinstance(said, str):
        yield said, ""
    elif isinstance(said, Mapping):
        for app, names in said.items():
            yield from _pairs(str(app), names)
    elif isinstance(said, Iterable):
        for entry in said:
            yield from _entry(entry)
    else:
        yield repr(said), ""


def _entry(entry: object) -> Iterator[tuple[str, str]]:
    if isinstance(entry, Sequence) and not isinstance(entry, str) and entry:
        # As django-synchro's SYNCHRO_MODELS: the app, then its models.
        yield from _pairs(str(entry[0]), list(entry[1:]))
    elif isinstance(entry, str | Mapping):
        yield from _entries(entry)
    else:
        yield repr(entry), ""


def _pairs(app: str, names: str | Iterable[object]) -> Iterator[tuple[str, str]]:
    several = [names] if isinstance(names, str) else list(names)
    yield from ((app, str(name)) for name in several or [""])


def _declarations(app: str, model: str) -> list[Declaration]:
    """Find an app's models, or one of them.

    Raises:
        LookupError: there is none of that name.
    """
    config = _app(app)
    if config is None and not model:
        app, _, model = app.rpartition(".")
        config = _app(app)
    name = ".".join(filter(None, (app, model)))
    if config is None:
        raise LookupError(_unknown(name))
    if not model:
        return [
            Declaration(model=each, where=SETTING, named=False) for each in _all(config)
        ]
    for each in config.get_models(include_swapped=True):
        if each.__name__.lower() == model.lower():
            return [Declaration(model=each, where=SETTING)]
    raise LookupError(_unknown(f"{config.label}.{model}"))


def _all(config: AppConfig) -> list[Model]:
    """Give the models of an app; the tables of links come with their owners."""
    return [
        model
        for model in config.get_models(include_swapped=True)
        if not model._meta.proxy
    ]


def _app(name: str) -> AppConfig | None:
    """Find an app by its label, its dotted path, or its entry in INSTALLED_APPS."""
    lowered = name.lower()
    for config in apps.get_app_configs():
        entry = f"{type(config).__module__}.{type(config).__qualname__}"
        if lowered in (config.label.lower(), config.name.lower(), entry.lower()):
            return config
    return None


def _unknown(name: str) -> str:
    known = [model._meta.label for model in apps.get_models(include_swapped=True)]
    for config in apps.get_app_configs():
        known += [config.label, config.name]
    hint = did_you_mean(name, known)
    return f"{name!r} is no installed app or model{hint and f' ({hint})'}"
