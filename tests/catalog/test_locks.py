"""Locks of layers: one holder at a time, told by name, and free again when its process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from catalog.database import Catalogue
from catalog.errors import LayerBusy
from catalog.locks import open_locks

ROOT = Path(__file__).parent.parent.parent
HOLDER = """
import sys, time
from catalog.database import Catalogue
from catalog.locks import open_locks
held = open_locks(Catalogue(sys.argv[1])).hold("districts", 0)
print("held", flush=True)
time.sleep(600)
"""


def test_the_second_is_told_who_holds_it_and_since_when(catalogue: Catalogue) -> None:
    held = open_locks(catalogue).hold("districts", 0)
    with pytest.raises(LayerBusy, match=rf"pid {os.getpid()}\) has been at work .* since 20\d\d-"):
        open_locks(catalogue).hold("districts", 0.05)
    held.release()
    held.release()
    open_locks(catalogue).hold("districts", 0).release()


def test_layers_do_not_hinder_each_other(catalogue: Catalogue) -> None:
    locks = open_locks(catalogue)
    one, other = locks.hold("districts", 0), locks.hold("villages", 0)
    one.release()
    with pytest.raises(LayerBusy):
        open_locks(catalogue).hold("villages", 0)
    other.release()


def test_nobody_holds_the_same_layer_twice(catalogue: Catalogue) -> None:
    locks = open_locks(catalogue)
    held = locks.hold("districts", 0)
    with pytest.raises(LayerBusy):
        locks.hold("districts", 0)
    held.release()
    locks.hold("districts", 0).release()


def test_whoever_waits_gets_it_when_it_is_given_back(catalogue: Catalogue) -> None:
    held = open_locks(catalogue).hold("districts", 0)
    done = threading.Event()

    def wait() -> None:
        open_locks(catalogue).hold("districts", 30).release()
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not done.is_set()
    held.release()
    thread.join(30)
    assert done.is_set()


def test_a_killed_process_holds_nothing(catalogue: Catalogue, catalogue_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, catalogue_url], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LayerBusy, match=f"pid {process.pid}"):
            open_locks(catalogue).hold("districts", 0)
        process.send_signal(signal.SIGKILL)
        open_locks(catalogue).hold("districts", 30).release()
    finally:
        process.kill()
        process.communicate()


def test_a_lost_session_takes_its_locks_along_and_no_work(catalogue: Catalogue) -> None:
    if catalogue.is_sqlite:
        pytest.skip("files have no sessions")
    held = open_locks(catalogue).hold("districts", 0)
    with catalogue.write() as session:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE :name"
        assert session.execute(text(query), {"name": f"%(pid {os.getpid()})"}).scalar_one()
    held.release()
    open_locks(catalogue).hold("districts", 30).release()
