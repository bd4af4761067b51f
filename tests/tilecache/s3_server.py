"""A real S3 service for tests: OpenStack Swift on a free loopback port, in a folder of its own, gone with the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.error import MinioException
from urllib3 import PoolManager, Retry
from urllib3.exceptions import HTTPError

from tests.sharing import free_port
from tilecache.config import S3Config

PATIENCE = 30.0
SYSTEM_PYTHON = "/usr/bin/python3"
USER, SECRET, BUCKET = "tuzi:tiles", "s3-secret-of-tests", "tuzi"
PACKAGES = "swift-proxy swift-account swift-container swift-object"


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Config]:
    """Yield where the bucket of ``TUZI_TEST_S3_URL`` or of a server started here is; skip where there is neither."""
    if url := os.environ.get("TUZI_TEST_S3_URL"):
        parts = urlsplit(url)
        endpoint = f"{parts.scheme}://{parts.hostname}:{parts.port}"
        yield _settings(endpoint, parts.username or "", parts.password or "", parts.path.strip("/"))
        return
    if not _has_swift():
        pytest.skip(
            f"no S3 service (apt-get install {PACKAGES}, or TUZI_TEST_S3_URL=http://key:secret@host:9000/bucket)"
        )
    port = free_port()
    program = Path(__file__).with_name("swift_server.py")
    with (folder / "swift.log").open("wb") as log:
        process = subprocess.Popen(
            [SYSTEM_PYTHON, str(program), str(folder / "swift"), str(port), SECRET], stdout=log, stderr=log
        )
        try:
            settings = _settings(f"http://127.0.0.1:{port}", USER, SECRET, BUCKET)
            _await_bucket(settings, process, folder / "swift.log")
            yield settings
        finally:
            process.kill()
            process.wait(PATIENCE)


def _settings(endpoint: str, access_key: str, secret_key: str, bucket: str) -> S3Config:
    return S3Config.model_validate(
        {"endpoint": endpoint, "bucket": bucket, "access_key": access_key, "secret_key": secret_key}
    )


def _has_swift() -> bool:
    if shutil.which(SYSTEM_PYTHON) is None:
        return False
    found = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import swift.common.middleware.s3api.s3api"], capture_output=True, check=False
    )
    return found.returncode == 0


def _await_bucket(settings: S3Config, process: subprocess.Popen[bytes], log: Path) -> None:
    client = Minio(
        endpoint=urlsplit(settings.endpoint).netloc,
        access_key=USER,
        secret_key=SECRET,
        secure=False,
        region=settings.region,
        http_client=PoolManager(retries=Retry(0)),
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.make_bucket(settings.bucket)
            return
        except (MinioException, HTTPError):
            time.sleep(0.05)
    raise AssertionError(f"Swift does not answer:\n{log.read_text(errors='replace')}")
