"""The provider that pygeoapi asks for a collection's fields; features never pass through it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pygeoapi.provider.base import BaseProvider


class SchemaProvider(BaseProvider):  # type: ignore[misc]  # pygeoapi is untyped
    """Gives back the JSON Schema of the fields that its definition holds."""

    def __init__(self, definition: dict[str, Any]):
        super().__init__(definition)
        # pygeoapi writes into what it is given.
        self._fields = deepcopy(definition["fields"])

    def get_fields(self) -> dict[str, Any]:
        """Return the fields by name."""
        fields: dict[str, Any] = self._fields
        return fields
