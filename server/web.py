"""The Flask application: feature and function APIs, the map site, health."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Flask, Response, jsonify

from catalog.watch import SnapshotWatch
from layers.errors import TuziError
from server.problems import problem_response
from server.site_files import site_blueprint


def create_web(watch: SnapshotWatch, site: Path, blueprints: Sequence[Blueprint]) -> Flask:
    """Compose the Flask application."""
    web = Flask("tuzi", static_folder=None)
    web.json.ensure_ascii = False  # type: ignore[attr-defined]
    for blueprint in (*blueprints, _health(watch), site_blueprint(site)):
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
