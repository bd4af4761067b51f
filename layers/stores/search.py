"""How names are compared when people look for them: folded, cut into pairs of characters.

Chinese has no spaces, so a name is indexed by every two characters that follow each other; any part
of a name is then a run of pairs. One engine's query words are not to be found here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from operator import add

import numpy as np

Found = tuple[int, int, int]
"""Rank (0 equals the text, 1 starts with it, 2 contains it), folded length, ``fid``: sorted, the best is first."""

START, END, GAP = "\ue000", "\ue001", "\ue002"
"""Private characters that mark where a name begins and ends and where it has a space."""

_VARIANTS = (("臺", "台"), ("巿", "市"), ("・", "·"), ("‧", "·"), (START, ""), (END, ""), (GAP, ""), ("\0", ""))
"""Replaced one after the other: for a few characters that is much faster than a translation table."""
_LINE_END = ord("\n")
_LONGEST = 200
"""Characters of a name or a question that count; what is longer is no name."""


def fold(text: str) -> str:
    """Return the text as it is compared: half-width, lower case, 臺 as 台, single spaces."""
    return " ".join(_without_variants(text[:_LONGEST]).split())


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return what ``fold`` does of each text, many times faster where none has a blank in it."""
    folded = _without_variants("\n".join([text[:_LONGEST] for text in texts]))
    names = folded.split()
    # Equal only where nothing but our own line ends parted the names.
    return names if "\n".join(names) == folded and len(names) == len(texts) else [fold(text) for text in texts]


def pair_texts(names: Sequence[str]) -> list[str]:
    """Return the pairs of each folded name, start and end marked, in one text parted by blanks.

    The texts are put together as an array of code points: two neighbours and a blank, or a line's end after the
    last pair of a name.
    """
    if not names:
        return []
    marked = START + f"{END}\n{START}".join(names).replace(" ", GAP) + f"{END}\n"
    points = np.frombuffer(marked.encode("utf-32-le"), dtype="<u4")
    following = np.roll(points, -1)
    within = (points != _LINE_END) & (following != _LINE_END)
    first, second = points[within], following[within]
    last = second == ord(END)
    triples = np.column_stack((first, second, np.where(last, _LINE_END, ord(" "))))
    return triples.astype("<u4").tobytes().decode("utf-32-le").split("\n")[:-1]


def _without_variants(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    for variant, usual in _VARIANTS:
        folded = folded.replace(variant, usual)
    return folded


def pairs(folded: str, *, start: bool = False, end: bool = False) -> list[str]:
    """Return each two neighbouring characters, with the marks of start and end where they are wanted."""
    marked = (START if start else "") + folded.replace(" ", GAP) + (END if end else "")
    return list(map(add, marked, marked[1:]))


def best_names(rows: Iterable[tuple[int, str]], text: str, limit: int) -> list[Found]:
    """Return the best of (``fid``, name) by looking at every one."""
    folded = fold(text)
    if not folded:
        return []
    names = ((fid, fold(name)) for fid, name in rows)
    return nsmallest(limit, ((_rank(name, folded), len(name), fid) for fid, name in names if folded in name))


def _rank(name: str, folded: str) -> int:
    if name == folded:
        return 0
    return 1 if name.startswith(folded) else 2
