"""Noting the statements that run through Django's connections."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Statements:
    """An execute wrapper that remembers; bulk readers and writers go past it."""

    seen: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,  # noqa: ANN401 - as Django hands it on
        many: bool,  # noqa: FBT001 - as Django calls it
        context: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - whatever Django gives
        """Remember a statement and its parameters, and run it."""
        self.seen.append((sql, params))
        return execute(sql, params, many, context)
