"""OpenStack Swift with its S3 interface, in one process: ``python3 swift_server.py FOLDER PORT SECRET``.

Run by the Python that Debian's packages of Swift belong to. All four services of Swift, one replica below the folder:
what is put is really kept, on this disk.
"""
# mypy: ignore-errors

from __future__ import annotations

import os
import sys
from pathlib import Path

import eventlet
import eventlet.wsgi
from swift.common import utils
from swift.common.ring import RingBuilder
from swift.common.storage_policy import reload_storage_policies
from swift.common.wsgi import SwiftHttpProtocol, loadapp

HOST = "127.0.0.1"
SERVICES = ("account", "container", "object")
SERVICE = """
[DEFAULT]
devices = {folder}/devices
mount_check = false
swift_dir = {folder}
disable_fallocate = true
fallocate_reserve = 0
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
PROXY = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper s3api tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_tuzi_tiles = {secret} .admin
"""


class Cache:
    """What Swift asks memcached for, in this one process."""

    def __init__(self):
        self._kept = {}

    def get(self, key, *_places, **_options):
        return self._kept.get(key)

    def set(self, key, value, *_places, **_options):
        self._kept[key] = value

    def delete(self, key, *_places, **_options):
        self._kept.pop(key, None)


def with_cache(app):
    """Give Swift's middleware its cache."""
    cache = Cache()

    def answer(environ, start_response):
        environ["swift.cache"] = cache
        return app(environ, start_response)

    return answer


def main() -> None:
    """Serve until killed, or until who started this is gone."""
    folder, port, secret = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = test\n")
    utils.eventlet_monkey_patch()
    utils.set_swift_dir(str(folder))
    reload_storage_policies()
    sockets = {name: eventlet.listen((HOST, 0)) for name in SERVICES}
    for name, socket in sockets.items():
        _, service_port = socket.getsockname()
        builder = RingBuilder(4, 1, 1)
        builder.add_dev({"region": 1, "zone": 1, "ip": HOST, "port": service_port, "device": "d1", "weight": 1})
        builder.rebalance()
        builder.get_ring().save(str(folder / f"{name}.ring.gz"))
    sockets["proxy"] = eventlet.listen((HOST, port))
    for name, socket in sockets.items():
        conf = folder / f"{name}-server.conf"
        conf.write_text((PROXY if name == "proxy" else SERVICE).format(folder=folder, name=name, secret=secret))
        app = loadapp(str(conf), global_conf={"log_name": name})
        app = with_cache(app) if name == "proxy" else app
        eventlet.spawn(eventlet.wsgi.server, socket, app, log_output=False, protocol=SwiftHttpProtocol)
    parent = os.getppid()
    while os.getppid() == parent:
        eventlet.sleep(1)


main()
