"""PNG (W3C, third edition) written for speed: of pictures that are drawn once and kept.

Rows are left unfiltered: the runs of equal pixels that maps are made of are found by the compressor itself, and
filters made tiles larger and took twice its time. libdeflate compresses, without holding Python's lock.
"""

from __future__ import annotations

import struct

import deflate
import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 1
"""Of libdeflate: tiles are as small as zlib's level 4 makes them, in a third of its time."""
_COLOUR, _INDEXED, _COLOUR_AND_ALPHA = 2, 3, 6

Pixels = NDArray[np.uint8]


def colour_png(rows: bytes, width: int, height: int, channels: int) -> bytes:
    """Write rows of red, green, blue and, with four channels, alpha."""
    colour_type = _COLOUR if channels == 3 else _COLOUR_AND_ALPHA
    return _written(np.frombuffer(rows, np.uint8).reshape(height, width * channels), width, colour_type, ())


def indexed_png(indices: Pixels, palette: Pixels) -> bytes:
    """Write a picture of at most 256 colours: the place of each pixel's in ``palette``, rows of RGBA."""
    chunks = [(b"PLTE", palette[:, :3].tobytes())]
    if (palette[:, 3] < 255).any():
        chunks.append((b"tRNS", palette[:, 3].tobytes()))
    return _written(indices, indices.shape[1], _INDEXED, chunks)


def _written(rows: Pixels, width: int, colour_type: int, chunks: list[tuple[bytes, bytes]] | tuple[()]) -> bytes:
    lines = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    lines[:, 0] = 0
    lines[:, 1:] = rows
    header = struct.pack(">IIBBBBB", width, rows.shape[0], 8, colour_type, 0, 0, 0)
    body = deflate.zlib_compress(lines.data.cast("B"), _LEVEL)
    parts = (b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return b"".join(
        (len(content).to_bytes(4, "big"), kind, content, deflate.crc32(content, deflate.crc32(kind)).to_bytes(4, "big"))
    )
