"""Reading aside: the same pictures as reading here, and whatever becomes of the reader's process, one clear error."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import figecho
from figecho.aside import read_aside
from figecho.errors import InputError, TaskError
from figecho.options import Limits
from figecho.sources.open import read
from figecho.work.stream import stream
from planted import scene
from work.misbehaving import call_home

GIB = 2**30


def collected(produce, seconds: float = 20.0) -> list[object]:
    return list(stream(produce, seconds=seconds, memory_bytes=GIB))


def test_nothing_produced_is_nothing_received() -> None:
    assert collected(lambda: []) == []


def test_values_come_in_order_from_another_process() -> None:
    def produce() -> Iterator[tuple[int, int]]:
        for number in range(3):
            yield number, os.getpid()

    found = collected(produce)
    assert [number for number, _ in found] == [0, 1, 2]
    assert os.getpid() not in {pid for _, pid in found}


def test_values_come_before_the_rest_is_made_and_nobody_works_for_nobody(tmp_path: Path) -> None:
    def produce() -> Iterator[int]:
        yield os.getpid()
        time.sleep(600)

    values = stream(produce, seconds=20, memory_bytes=GIB)
    child = next(values)
    values.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_what_is_raised_comes_through_after_what_was_made() -> None:
    def produce() -> Iterator[int]:
        yield 1
        raise InputError("a.png", "damaged", "it is damaged", "get another")

    values = stream(produce, seconds=20, memory_bytes=GIB)
    assert next(values) == 1
    with pytest.raises(InputError, match=r"a\.png: it is damaged; get another"):
        next(values)


@pytest.mark.parametrize(
    "deed, code, words",
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed", "its process died (SIGKILL)"),
        (lambda: os._exit(3), "crashed", "its process died (exit status 3)"),
        (lambda: os.kill(os.getpid(), signal.SIGSTOP), "timeout", "it took longer than 1 s"),
        (lambda: time.sleep(600), "timeout", "it took longer than 1 s"),
        (lambda: np.ones(3 * GIB, np.uint8).sum(), "memory", "it needs more memory than a task may take"),
    ],
)
def test_a_death_a_hang_and_a_hog_are_told_apart(deed, code: str, words: str) -> None:
    def produce() -> Iterator[int]:
        yield 1
        deed()

    values = stream(produce, seconds=1.0 if code == "timeout" else 20.0, memory_bytes=GIB)
    assert next(values) == 1
    with pytest.raises(TaskError) as caught:
        next(values)
    assert (caught.value.code, str(caught.value)) == (code, words)


def test_the_process_has_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert call_home(port) == "connected", "the test itself can"
        if collected(lambda: [call_home(port)]) == ["connected"]:
            pytest.skip("this kernel lets no process leave the network")


@pytest.fixture
def picture(tmp_path: Path) -> str:
    from PIL import Image

    file = tmp_path / "a.png"
    Image.fromarray(scene(1)).save(file)
    return str(file)


def test_a_document_read_aside_is_the_same(picture: str) -> None:
    (here,), (aside,) = list(read(picture)), list(read_aside(picture))
    assert np.array_equal(here.pixels, aside.pixels)
    assert (here.content, here.document, here.path) == (aside.content, aside.document, aside.path)
    assert figecho.compare(picture, picture, reader=read_aside).verdict == "strong"


def test_a_missing_document_is_refused_as_here() -> None:
    with pytest.raises(InputError, match=r"nowhere\.png: there is no such file; check the path"):
        list(read_aside("nowhere.png"))


@pytest.mark.parametrize(
    "deed, code", [(lambda: os._exit(1), "crashed"), (lambda: time.sleep(600), "timeout")], ids=["crash", "hang"]
)
def test_a_reader_that_dies_twice_refuses_the_document(picture, monkeypatch, tmp_path, deed, code) -> None:
    attempts = tmp_path / "attempts"

    def sabotaged(path: str, **_: object) -> Iterator[object]:
        with attempts.open("a") as file:
            file.write("attempt\n")
        deed()
        yield from ()

    monkeypatch.setattr("figecho.aside.read", sabotaged)
    with pytest.raises(InputError, match="reading it failed: it") as caught:
        list(read_aside(picture, limits=Limits(seconds_per_document=1)))
    assert caught.value.code == code
    assert attempts.read_text().count("attempt") == 2


def test_after_bad_luck_no_picture_comes_twice(picture, monkeypatch, tmp_path) -> None:
    marker = tmp_path / "been here"

    def unlucky(path: str, **options: object) -> Iterator[object]:
        yield from read(path)
        if not marker.exists():
            marker.touch()
            os._exit(9)
        yield from read(path)

    monkeypatch.setattr("figecho.aside.read", unlucky)
    assert len(list(read_aside(picture))) == 2
