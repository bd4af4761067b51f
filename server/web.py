"""The Flask application: feature and function APIs, the map site, health."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Flask, Response, jsonify, send_from_directory

from catalog.watch import SnapshotWatch
from layers.errors import TuziError
from server.problems import problem_response

YEAR = 31_536_000
"""Seconds; the site's assets carry a digest of their content in their names."""


def create_web(watch: SnapshotWatch, site: Path, blueprints: Sequence[Blueprint]) -> Flask:
    """Compose the Flask application."""
    web = Flask("tuzi", static_folder=None)
    web.json.ensure_ascii = False  # type: ignore[attr-defined]
    for blueprint in (*blueprints, _health(watch), _site(site)):
        web.register_blueprint(blueprint)
    web.register_error_handler(TuziError, problem_response)
    web.register_error_handler(Exception, problem_response)
    return web


def _health(watch: SnapshotWatch) -> Blueprint:
    health = Blueprint("health", __name__)

    @health.get("/health")
    def answer() -> Response:
        snapshot = watch.snapshot
        return jsonify(status="ok", revision=snapshot.revision, layers=len(snapshot.layers))

    return health


def _site(folder: Path) -> Blueprint:
    site = Blueprint("site", __name__)
    absolute = folder.resolve()

    @site.get("/")
    def index() -> Response:
        return send_from_directory(absolute, "index.html", max_age=0)

    @site.get("/<path:name>")
    def asset(name: str) -> Response:
        return send_from_directory(absolute, name, max_age=YEAR if name.startswith("assets/") else 3600)

    return site
