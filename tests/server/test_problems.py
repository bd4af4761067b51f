"""Errors on the wire: status, language, and what must not be shown."""

from __future__ import annotations

import logging
from typing import Any

import flask
import pytest

from layers.errors import (
    InvalidFilter,
    InvalidParameter,
    RenderUnavailable,
    TuziError,
    UnknownCrs,
    UnknownFeature,
    UnknownRelease,
)
from server.errors import MethodNotAllowed, UnknownCollection
from server.problems import problem, problem_response


def environ(**headers: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/ogc/x", "QUERY_STRING": "", **headers}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownCrs(crs="EPSG:1"), 400),
        (InvalidFilter(reason="x"), 400),
        (InvalidParameter("ogc_invalid_token", value="x"), 400),
        (UnknownFeature(feature="7"), 404),
        (UnknownCollection(collection="x"), 404),
        (MethodNotAllowed(), 405),
        (UnknownRelease(number=1, layer="x"), 503),
        (RenderUnavailable(), 503),
        (TuziError(), 500),
        (ValueError("secret"), 500),
    ],
)
def test_every_kind_of_error_has_its_status(error: Exception, status: int) -> None:
    assert problem(error, environ()).status == status


def test_a_problem_is_told_in_the_language_of_the_client() -> None:
    error = UnknownFeature(feature="7")
    by_header = problem(error, environ(HTTP_ACCEPT_LANGUAGE="fr;q=1.0, en-GB;q=0.8, zh-TW;q=0.5"))
    by_parameter = problem(error, {**environ(HTTP_ACCEPT_LANGUAGE="en"), "QUERY_STRING": "lang=zh-TW"})
    assert "There is no feature 7" in by_header.body.decode()
    assert "沒有編號為 7 的圖徵" in by_parameter.body.decode()
    assert "沒有編號為 7 的圖徵" in problem(error, environ()).body.decode()


def test_our_own_faults_are_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("the password is 1234")
    except ValueError as error:
        with caplog.at_level(logging.ERROR):
            answer = problem(error, environ())
    assert "1234" not in answer.body.decode()
    assert "the password is 1234" in caplog.text
    assert "Traceback" in caplog.text


def test_a_clients_fault_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        problem(UnknownFeature(feature="7"), environ())
    assert caplog.text == ""


def test_what_passes_says_when_to_come_back() -> None:
    assert dict(problem(RenderUnavailable(), environ()).header_list())["Retry-After"].isdecimal()


def test_errors_of_the_framework_are_problems_too() -> None:
    app = flask.Flask("web", static_folder=None)
    app.register_error_handler(Exception, problem_response)
    app.add_url_rule("/folder/", view_func=lambda: "", endpoint="folder")
    client = app.test_client()
    missing = client.get("/nothing")
    assert (missing.status_code, missing.content_type) == (404, "application/problem+json")
    assert missing.get_json()["instance"] == "/nothing"
    assert client.post("/folder/").status_code == 405
    assert client.get("/folder").status_code == 308
