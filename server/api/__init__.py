"""The JSON API: catalogue, search, identify, legends."""

from __future__ import annotations

from server.api.blueprint import FunctionApi
from server.api.settings import ApiSettings, Home

__all__ = ["ApiSettings", "FunctionApi", "Home"]
