"""Buildings: lots along the edges of blocks, houses of the block's kind on them, none touching another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from scripts.demonstration.blocks import Block

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of building: ranges of width, depth, gap to the next, setback in metres, and floors."""

    name: str
    width: tuple[float, float]
    depth: tuple[float, float]
    gap: tuple[float, float]
    setback: tuple[float, float]
    floors: tuple[int, int]
    shapes: tuple[str, ...]


KINDS = {
    "row": Kind("透天厝", (5.2, 8.4), (13, 18), (0.12, 0.18), (1.2, 1.8), (3, 5), ("plain", "notch", "plain", "back")),
    "shop": Kind("店鋪住宅", (7, 14), (15, 21), (0.15, 0.25), (1.0, 1.4), (4, 8), ("plain", "back", "notch")),
    "flats": Kind("公寓大廈", (18, 36), (16, 22), (3, 6), (2.5, 5), (6, 14), ("plain", "ell", "cut", "wide", "notch")),
    "tower": Kind("住商大樓", (26, 44), (22, 32), (6, 11), (4, 8), (13, 32), ("cut", "wide", "ell", "plain")),
    "villa": Kind("獨棟住宅", (9, 15), (9, 13), (1.5, 5), (2, 5), (2, 4), ("plain", "ell", "notch")),
    "works": Kind("廠房", (24, 60), (22, 48), (4, 9), (4, 8), (1, 4), ("plain", "plain", "ell")),
    "school": Kind("校舍", (38, 75), (12, 15), (7, 14), (7, 12), (3, 5), ("plain", "ell")),
    "office": Kind("公共建築", (24, 48), (18, 30), (6, 12), (5, 9), (3, 9), ("wide", "cut", "ell")),
}
_SHAPES: dict[str, Array] = {
    # Corners of a building in its lot: x along the street, y away from it, both 0 to 1, counter-clockwise.
    "plain": np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float),
    "notch": np.array([(0, 0), (1, 0), (1, 1), (0.62, 1), (0.62, 0.84), (0, 0.84)], float),
    "back": np.array([(0, 0), (1, 0), (1, 0.86), (0.38, 0.86), (0.38, 1), (0, 1)], float),
    "ell": np.array([(0, 0), (1, 0), (1, 0.52), (0.46, 0.52), (0.46, 1), (0, 1)], float),
    "cut": np.array(
        [
            (0.12, 0),
            (0.88, 0),
            (0.88, 0.14),
            (1, 0.14),
            (1, 0.86),
            (0.88, 0.86),
            (0.88, 1),
            (0.12, 1),
            (0.12, 0.86),
            (0, 0.86),
            (0, 0.14),
            (0.12, 0.14),
        ],
        float,
    ),
    "wide": np.array([(0, 0.18), (0.3, 0.18), (0.3, 0), (0.7, 0), (0.7, 0.18), (1, 0.18), (1, 1), (0, 1)], float),
}
_MIX = {
    "住宅區": {
        1: "row flats flats row tower shop",
        2: "row row flats row flats",
        3: "row row villa flats",
        4: "row villa row",
        5: "villa villa row",
    },
    "商業區": {
        1: "shop tower flats shop tower",
        2: "shop shop flats tower",
        3: "shop shop flats",
        4: "shop row",
        5: "shop row",
    },
    "工業區": dict.fromkeys(range(1, 6), "works"),
    "學校用地": dict.fromkeys(range(1, 6), "school"),
    "機關用地": dict.fromkeys(range(1, 6), "office"),
    "醫療用地": dict.fromkeys(range(1, 6), "office"),
    "市場用地": dict.fromkeys(range(1, 6), "office"),
    "宗教專用區": dict.fromkeys(range(1, 6), "villa"),
}


@dataclass(slots=True)
class Buildings:
    """Buildings in columns; ``front`` is the middle of the side that faces the street."""

    shape: NDArray[np.object_]
    front: NDArray[np.object_]
    outside: NDArray[np.object_]
    """A point in the street before the front."""
    kind: list[str]
    floors: NDArray[np.int64]
    zone: list[str]


@dataclass(slots=True)
class _Lots:
    """Candidates: where each lot begins, its direction and size, and the block it lies in."""

    origin: Array
    direction: Array
    width: Array
    depth: Array
    setback: Array
    block: NDArray[np.int64]
    kind: NDArray[np.int64]


def build(blocks: list[Block], random: np.random.Generator) -> Buildings:
    """Put buildings on all blocks that take some; none leaves its block, none touches another."""
    names = list(KINDS)
    collected: list[_Lots] = []
    for number, block in enumerate(blocks):
        mix = _MIX.get(block.zone)
        if mix is None or block.shape.area < 260:
            continue
        kind = str(random.choice(mix[block.rank].split()))
        if block.shape.area / block.shape.length < 5.5:
            kind = "villa"
        collected += _along_edges(block.shape, number, names.index(kind), KINDS[kind], random)
    if not collected:
        return Buildings(_none(), _none(), _none(), [], np.zeros(0, np.int64), [])
    return _chosen(_joined(collected), blocks, names, random)


def _none() -> NDArray[np.object_]:
    return np.array([], dtype=object)


def _along_edges(shape: Any, number: int, kind_number: int, kind: Kind, random: np.random.Generator) -> list[_Lots]:
    ring = shapely.get_coordinates(shapely.orient_polygons(shape).exterior.simplify(1.2))
    sides = np.diff(ring, axis=0)
    lengths = np.hypot(*sides.T)
    # Back to back: two rows share the block's depth.
    room = shape.area / shape.length * (1.75 if kind.depth[1] < 20 else 2.6) - kind.setback[1]
    found = []
    for index in np.argsort(-lengths, kind="stable"):
        if lengths[index] < kind.width[0] + 3:
            break
        count = int(lengths[index] / kind.width[0]) + 1
        width = random.uniform(*kind.width, count)
        gap = random.uniform(*kind.gap, count)
        start = 1.8 + np.concatenate(([0.0], np.cumsum(width + gap)[:-1]))
        fits = start + width < lengths[index] - 1.8
        if not fits.any():
            continue
        start, width = start[fits], width[fits]
        direction = sides[index] / lengths[index]
        # What is left at the end is spread, so that rows do not all begin at the same corner.
        start = start + random.uniform(0, 1) * (lengths[index] - 1.8 - (start[-1] + width[-1]))
        depth = np.minimum(random.uniform(*kind.depth, len(start)), max(room, 6.5))
        setback = np.full(len(start), random.uniform(*kind.setback))
        for share in (1.0, 0.58):
            found.append(
                _Lots(
                    ring[index] + direction * start[:, None],
                    np.repeat(direction[None, :], len(start), axis=0),
                    width,
                    depth * share,
                    setback,
                    np.full(len(start), number),
                    np.full(len(start), kind_number),
                )
            )
    # Deep houses of every edge come before shallow ones, which fill what is left.
    return found[0::2] + found[1::2]


def _joined(lots: list[_Lots]) -> _Lots:
    return _Lots(*(np.concatenate([getattr(item, name) for item in lots]) for name in _Lots.__slots__))


def _chosen(lots: _Lots, blocks: list[Block], names: list[str], random: np.random.Generator) -> Buildings:
    normal = np.column_stack((-lots.direction[:, 1], lots.direction[:, 0]))
    corner = lots.origin + normal * lots.setback[:, None]
    across = lots.direction * lots.width[:, None]
    away = normal * lots.depth[:, None]
    shapes = np.array([block.shape for block in blocks], dtype=object)
    shapely.prepare(shapes)
    frame = shapely.polygons(np.stack((corner, corner + across, corner + across + away, corner + away), axis=1))
    inside = np.flatnonzero(shapely.contains(shapes[lots.block], frame))
    kept = inside[_apart(frame[inside])]
    keep_share = random.random(len(kept)) > 0.01
    kept = kept[keep_share]
    pick = random.integers(0, 60, len(kept))
    form = [
        KINDS[names[kind]].shapes[number % len(KINDS[names[kind]].shapes)]
        for kind, number in zip(lots.kind[kept], pick, strict=True)
    ]
    mirrored = random.random(len(kept)) < 0.5
    front = corner[kept] + across[kept] / 2
    low, high = (np.array([KINDS[name].floors[end] for name in names])[lots.kind[kept]] for end in (0, 1))
    floors = low + np.floor(random.random(len(kept)) ** 1.6 * (high - low + 1)).astype(np.int64)
    return Buildings(
        _drawn(form, mirrored, corner[kept], across[kept], away[kept]),
        np.asarray(shapely.points(front + normal[kept] * 0.9)),
        np.asarray(shapely.points(front - normal[kept] * (lots.setback[kept] + 2.5)[:, None])),
        [names[kind] for kind in lots.kind[kept]],
        floors,
        [blocks[number].zone for number in lots.block[kept]],
    )


def _apart(frames: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the indices of frames that stay when, of two that meet, the earlier one wins."""
    first, second = shapely.STRtree(frames).query(frames, predicate="intersects")
    order = np.lexsort((second, first))
    alive = np.ones(len(frames), dtype=bool)
    for a, b in zip(first[order].tolist(), second[order].tolist(), strict=True):
        if a < b and alive[a]:
            alive[b] = False
    return np.flatnonzero(alive)


def _drawn(
    form: list[str], mirrored: NDArray[np.bool_], corner: Array, across: Array, away: Array
) -> NDArray[np.object_]:
    result = np.empty(len(form), dtype=object)
    forms = np.array(form)
    for name, template in _SHAPES.items():
        for flip in (False, True):
            chosen = np.flatnonzero((forms == name) & (mirrored == flip))
            if not len(chosen):
                continue
            points = np.column_stack((1 - template[:, 0], template[:, 1]))[::-1] if flip else template
            coordinates = (
                corner[chosen, None, :]
                + points[None, :, :1] * across[chosen, None, :]
                + points[None, :, 1:] * away[chosen, None, :]
            )
            result[chosen] = shapely.polygons(np.round(coordinates, 2))
    return result
