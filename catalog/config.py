"""The catalogue's section of the configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CatalogConfig(BaseModel):
    """Where the catalogue is kept and how soon processes notice a change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "sqlite:///catalogue.sqlite"
    """SQLAlchemy URL: SQLite by default, ``postgresql+psycopg://…`` when scaled out.

    Relative SQLite paths start at the data folder.
    """
    poll_interval: float = Field(default=0.5, gt=0, le=2)
    """Seconds between two looks at the catalogue's revision."""
