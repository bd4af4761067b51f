"""Renders under way: each picture is drawn once however many ask for it, and nobody waits for ever."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from PIL import Image

from layers.drawing import MapRequest
from layers.errors import RenderUnavailable

logger = logging.getLogger(__name__)

Draw = Callable[[MapRequest], Image.Image]


@dataclass(slots=True)
class _Render:
    """A picture that is being drawn, and what became of it."""

    done: threading.Event = field(default_factory=threading.Event)
    picture: Image.Image | None = None
    error: BaseException | None = None
    waiting: int = 0


class Renders:
    """Draws each picture in a thread of its own and gives up waiting after ``timeout`` seconds.

    Mapnik cannot be interrupted: a render that takes too long goes on to its end and keeps its place among
    the renderer's, so that the machine is not given more than it can do. Whoever asks for the same picture
    meanwhile waits for that render instead of beginning another.
    """

    def __init__(self, draw: Draw, timeout: float) -> None:
        self._draw = draw
        self._timeout = timeout
        self._under_way: dict[MapRequest, _Render] = {}
        self._lock = threading.Lock()

    def picture(self, request: MapRequest) -> Image.Image:
        """Return the whole picture; raises RenderUnavailable where it takes too long, else what drawing raises."""
        with self._lock:
            render = self._under_way.get(request)
            if render is None:
                render = self._under_way[request] = _Render()
                # No thread of a pool: one that never comes back must not keep the process from ending.
                threading.Thread(target=self._run, args=(request, render), name="render", daemon=True).start()
            render.waiting += 1
        if not render.done.wait(self._timeout):
            logger.warning("a render of %s layers takes longer than %s s", len(request.layers), self._timeout)
            raise RenderUnavailable
        if render.error is not None:
            raise render.error
        if render.picture is None:
            raise RenderUnavailable
        return render.picture

    def waiting_for(self, request: MapRequest) -> int:
        """Return how many have asked for a picture that is being drawn."""
        with self._lock:
            render = self._under_way.get(request)
            return 0 if render is None else render.waiting

    def _run(self, request: MapRequest, render: _Render) -> None:
        try:
            render.picture = self._draw(request)
        except BaseException as error:
            render.error = error
        finally:
            with self._lock:
                del self._under_way[request]
            render.done.set()


class Admission:
    """Lets so many requests at a time draw, or wait for drawings, and turns away the rest at once.

    A thread of the server that waits cannot send tiles that are kept; so there must be fewer that wait than
    there are threads.
    """

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold one of the places; raises RenderUnavailable where all are taken."""
        if not self._free.acquire(blocking=False):
            raise RenderUnavailable
        try:
            yield
        finally:
            self._free.release()
