"""Which rows of a table are taken: `app.Model:field=value`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db.models import QuerySet

from syncline.engines.base import Connection, Engine, Query
from syncline.errors import UsageError
from syncline.tables.binding import pk_fields
from syncline.tables.selection import Model, named_models

Rows = QuerySet[Any]

FORM = "Write --where 'app.Model:field=value', with Django's lookups if need be."


def read_filters(
    spelled: Sequence[str], connection: Connection, engine: Engine
) -> Mapping[str, Query]:
    """Compile filters to conditions on primary keys, by label.

    Several filters on one model must all hold.

    Raises:
        UnknownModel: there is no such model.
        UsageError: a filter cannot be understood.
    """
    querysets: dict[Model, Rows] = {}
    for text in spelled:
        label, colon, rest = text.partition(":")
        lookup, equals, value = rest.partition("=")
        if not (label and colon and lookup and equals):
            raise UsageError(f"--where {text!r} is not understood.", hint=FORM)
        for model in named_models(label):
            query = querysets.get(model)
            if query is None:
                query = QuerySet(model=model, using=connection.alias)
            querysets[model] = _narrow(query, lookup, value, text)
    return {
        model._meta.label: key_condition(query, engine)
        for model, query in querysets.items()
    }


def _narrow(query: Rows, lookup: str, value: str, text: str) -> Rows:
    wanted: object = value
    if lookup.endswith("__in"):
        wanted = value.split(",")
    elif lookup.endswith("__isnull"):
        wanted = value.lower() in ("1", "true", "yes")
    try:
        return query.filter(**{lookup: wanted})
    except (FieldError, ValidationError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"--where {text!r}: {reason}", hint=FORM) from error


def key_condition(query: Rows, engine: Engine) -> Query:
    """Give the condition that a row's key is among a query's rows."""
    fields = pk_fields(query.model)
    names = [field.attname for field in fields]
    inner, params = (
        query.order_by().values_list(*names).query.get_compiler(using=query.db).as_sql()
    )
    columns = ", ".join(engine.quote(str(field.column)) for field in fields)
    columns = f"({columns})" if len(fields) > 1 else columns
    if params:
        columns = columns.replace("%", "%%")
    return Query(sql=f"{columns} IN ({inner})", params=tuple(params))
