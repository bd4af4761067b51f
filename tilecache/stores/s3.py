"""Tiles as objects of a bucket: for any number of servers, on whatever speaks S3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from tilecache.errors import TileStoreSilent, TileStoreUnavailable
from tilecache.identity import TileKey

ABSENT = frozenset({"NoSuchKey", "NoSuchObject"})
CONTENT_TYPES = {kind + density: f"image/{kind}" for kind in ("png", "webp", "jpeg") for density in ("", "@2x")}
OTHERS = "application/octet-stream"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the objects are, and how to get there."""

    endpoint: str
    """``https://host:port``, nothing behind it."""
    name: str
    region: str = "us-east-1"
    prefix: str = "tiles"
    """What the names of all objects begin with, without a slash at its ends."""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)


class S3TileStore:
    """Keeps each tile in ``<prefix>/<layer>/<edition>/<style>/<grid>/<format>/<z>/<x>/<y>``.

    An object appears whole or not at all, so a tile does; those of a metatile are written at the same time, and
    each that is there is right whether the others are or not. Editions stand early in the name, so that a
    superseded one is listed and removed by its prefix, a thousand objects at a time.
    """

    def __init__(self, bucket: Bucket, timeout: float = 5.0, connections: int = 16) -> None:
        """``timeout`` seconds for each connection and each answer; ``connections`` are held by this process."""
        parts = urlsplit(bucket.endpoint)
        self._bucket = bucket
        self._place = f"{parts.netloc.rpartition('@')[2]}/{bucket.name}"
        # One more try, for a connection that the server closed while it was idle; a slow server is not asked again.
        retry = Retry(total=1, read=0, status=0, other=1, allowed_methods=None)
        limits = Timeout(connect=timeout, read=timeout)
        self._client = Minio(
            endpoint=parts.netloc,
            access_key=bucket.access_key or None,
            secret_key=bucket.secret_key or None,
            secure=parts.scheme == "https",
            region=bucket.region,
            http_client=PoolManager(timeout=limits, maxsize=connections, block=False, retries=retry),
        )
        self._writers = ThreadPoolExecutor(connections, "tile-store")

    def get(self, key: TileKey) -> bytes | None:
        """Return the tile's bytes, or None where it is not kept."""
        return self._asked(lambda: self._read(self._name(key)))

    def has(self, key: TileKey) -> bool:
        """Tell whether the tile is kept, without reading it."""
        name = self._name(key)
        return self._asked(lambda: self._client.stat_object(self._bucket.name, name)) is not None

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Keep tiles, all of them at the same time."""
        writes = [self._writers.submit(self._put, key, body) for key, body in tiles]
        errors = [write.exception() for write in writes]
        for error in errors:
            if error is not None:
                raise error

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Forget tiles; nothing happens for those that are not kept."""
        self._asked(lambda: self._remove(map(self._name, keys)))

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Forget every tile of a layer that is of no edition in ``keep``; return how many."""
        kept = {_quoted(edition) for edition in keep}
        folders = self._folders(f"{self._bucket.prefix}/{_quoted(layer)}/")
        old = [folder for folder in folders if folder.rstrip("/").rpartition("/")[2] not in kept]
        return self._asked(lambda: self._remove(name for folder in old for name, _ in self._listed(folder))) or 0

    def layers(self) -> list[str]:
        """List the layers that have tiles here."""
        return sorted(unquote(name.rstrip("/").rpartition("/")[2]) for name in self._folders(f"{self._bucket.prefix}/"))

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List a layer's tiles with their sizes in bytes."""
        prefix = f"{self._bucket.prefix}/{_quoted(layer)}/"
        try:
            for name, size in self._listed(prefix):
                edition, style, grid, format_, z, x, y = map(unquote, name[len(prefix) :].split("/"))
                yield TileKey(layer, style, grid, format_, int(z), int(x), int(y), edition), size
        except (MinioException, HTTPError) as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Connections are the process's and go on."""

    def _read(self, name: str) -> bytes:
        response = self._client.get_object(self._bucket.name, name)
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    def _put(self, key: TileKey, body: bytes) -> None:
        kind = CONTENT_TYPES.get(key.format, OTHERS)
        self._asked(lambda: self._client.put_object(self._bucket.name, self._name(key), BytesIO(body), len(body), kind))

    def _remove(self, names: Iterable[str]) -> int:
        count = 0

        def counted() -> Iterator[DeleteObject]:
            nonlocal count
            for name in names:
                count += 1
                yield DeleteObject(name)

        for error in self._client.remove_objects(self._bucket.name, counted()):
            if error.code not in ABSENT:
                raise TileStoreUnavailable("tile_store_s3", place=self._place, reason=f"{error.code}: {error.message}")
        return count

    def _listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        for found in self._client.list_objects(self._bucket.name, prefix, recursive=True):
            if found.object_name is not None:
                yield found.object_name, found.size or 0

    def _folders(self, prefix: str) -> list[str]:
        return (
            self._asked(
                lambda: [
                    found.object_name
                    for found in self._client.list_objects(self._bucket.name, prefix)
                    if found.object_name is not None and found.is_dir
                ]
            )
            or []
        )

    def _asked(self, ask: Callable[[], Answer]) -> Answer | None:
        """Return the answer, or None where there is no such object; raises TileStoreUnavailable."""
        try:
            return ask()
        except S3Error as error:
            if error.code in ABSENT:
                return None
            raise self._unavailable(error) from error
        except (MinioException, HTTPError) as error:
            raise self._unavailable(error) from error

    def _name(self, key: TileKey) -> str:
        parts = (key.layer, key.edition, key.style, key.grid, key.format, key.z, key.x, key.y)
        return "/".join((self._bucket.prefix, *(_quoted(str(part)) for part in parts)))

    def _unavailable(self, error: Exception) -> TileStoreUnavailable:
        # What the library says of an answer holds its headers and addresses of the inner net.
        if isinstance(error, S3Error):
            return TileStoreUnavailable("tile_store_s3", place=self._place, reason=f"{error.code}: {error.message}")
        reason = type(getattr(error, "reason", None) or error).__name__
        kind = TileStoreSilent if isinstance(error, HTTPError) else TileStoreUnavailable
        return kind("tile_store_s3", place=self._place, reason=reason)


def _quoted(text: str) -> str:
    """Return a text as one part of an object's name, which no gateway takes for a step upwards."""
    return quote(text, safe="@").replace(".", "%2E")
