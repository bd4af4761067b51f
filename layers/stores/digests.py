"""Digests of features: equal ones mean equal content, on every store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import orjson
from numpy.typing import NDArray

from layers.schema import Schema, schema_document

NOTHING = b""
"""What stands for a missing geometry."""


def digests_of(values: Iterable[bytes | None]) -> NDArray[np.int64]:
    """Return 64 bits of a BLAKE2b of each value."""
    blake2b = hashlib.blake2b
    joined = b"".join([blake2b(value or NOTHING, digest_size=8).digest() for value in values])
    return np.frombuffer(joined, dtype="<i8").astype(np.int64)


def release_digest(schema: Schema, geometry: NDArray[np.int64], attributes: NDArray[np.int64]) -> str:
    """Return a digest of a whole release that does not depend on the order of its features."""
    order = np.lexsort((attributes, geometry))
    digest = hashlib.sha256(orjson.dumps(schema_document(schema), option=orjson.OPT_SORT_KEYS))
    digest.update(geometry[order].astype("<i8").tobytes())
    digest.update(attributes[order].astype("<i8").tobytes())
    return digest.hexdigest()


class DigestArrays:
    """The digests of all features of a release, collected batch by batch in the order of ``fid``."""

    def __init__(self) -> None:
        self._geometry: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
        self._attributes: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]

    def add(self, bodies: Iterable[bytes | None], properties: Iterable[bytes]) -> None:
        """Take one batch in: its WKB and its attributes as JSON."""
        self._geometry.append(digests_of(bodies))
        self._attributes.append(digests_of(properties))

    @property
    def geometry(self) -> NDArray[np.int64]:
        """One digest a feature."""
        return np.concatenate(self._geometry)

    @property
    def attributes(self) -> NDArray[np.int64]:
        """One digest a feature."""
        return np.concatenate(self._attributes)

    def blobs(self) -> list[tuple[str, bytes]]:
        """Return both arrays under their names, as little-endian bytes."""
        arrays = {"geometry": self.geometry, "attributes": self.attributes}
        return [(name, array.astype("<i8").tobytes()) for name, array in arrays.items()]

    def release_digest(self, schema: Schema) -> str:
        """Return the digest of the whole release."""
        return release_digest(schema, self.geometry, self.attributes)
