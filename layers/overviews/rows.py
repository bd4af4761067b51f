"""What overviews are made of, as stores keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Reals = NDArray[np.float64]


class Form(StrEnum):
    """For whom an overview is drawn: what a style says of attributes decides it."""

    FEATURES = "features"
    """Every row stands for one feature and has its attributes."""
    DISSOLVED = "dissolved"
    """Small polygons are joined whatever they are, for styles that give all features the same look."""


@dataclass(frozen=True, slots=True)
class Overviews:
    """Which overviews a release has."""

    zooms: tuple[int, ...] = ()
    """Ascending; empty where the release is drawn as it is at every zoom."""
    dissolved: bool = False
    """Tell whether there is a ``DISSOLVED`` form; without one ``FEATURES`` serves both."""

    @property
    def forms(self) -> tuple[Form, ...]:
        """Return the forms that there are."""
        return (Form.FEATURES, Form.DISSOLVED) if self.dissolved else (Form.FEATURES,)

    def form(self, *, attributes: bool) -> Form:
        """Return the form for those who want attributes, or do not."""
        return Form.DISSOLVED if self.dissolved and not attributes else Form.FEATURES


NONE = Overviews()
"""Of a release that is drawn as it is at every zoom."""


@dataclass(frozen=True, slots=True)
class OverviewRows:
    """All rows of one zoom, in drawing order."""

    zoom: int
    fids: Numbers
    """The feature that a row stands for and whose attributes it has; 0 for dissolved ones."""
    bodies: NDArray[np.object_]
    """Two-dimensional WKB in EPSG:3857."""
    boxes: Reals
    """West, south, east, north of each."""
    featured: NDArray[np.bool_]
    dissolved: NDArray[np.bool_]
    """Rows of the two forms; some belong to both."""

    def __len__(self) -> int:
        return len(self.fids)

    def of_form(self, form: Form) -> NDArray[np.bool_]:
        """Tell which rows belong to a form."""
        return self.dissolved if form is Form.DISSOLVED else self.featured


def joined(parts: Sequence[OverviewRows]) -> OverviewRows:
    """Return the rows of several parts of one zoom together, one part after the other."""
    return OverviewRows(
        parts[0].zoom,
        np.concatenate([part.fids for part in parts]),
        np.concatenate([part.bodies for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.featured for part in parts]),
        np.concatenate([part.dissolved for part in parts]),
    )
