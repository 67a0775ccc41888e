"""Files that are written whole or not at all, and what is no file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engine.errors import DiskError
from engine.judgements.exchange.files import open_new
from engine.learning.pairs.record import Kind, Pair, PairWriter

PAIR = Pair("a text", "code()", Kind.REPOSITORY_DOCSTRING, "reference", "group")


def test_a_file_is_replaced_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.txt"
    with open_new(path) as file:
        file.write("first")
    with pytest.raises(ZeroDivisionError), open_new(path) as file:
        file.write("half of the sec")
        raise ZeroDivisionError
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    link.symlink_to(real)
    with open_new(link) as file:
        file.write("through it")
    assert link.is_symlink()
    assert real.read_text() == "through it"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("kind", ["texts", "pairs"])
def test_a_pipe_is_written_into(tmp_path: Path, kind: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    if kind == "texts":
        with open_new(pipe) as file:
            file.write("through it")
    else:
        with PairWriter(pipe) as writer:
            writer.write(PAIR)
    reader.join()
    assert read[0].startswith("through it" if kind == "texts" else '{"text": "a text"')
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a full device")
def test_a_full_device_is_told_and_stays(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="No space left"), open_new(Path("/dev/full")) as file:
        file.write("lost")
    with pytest.raises(DiskError, match="No space left"), PairWriter(Path("/dev/full")) as writer:
        writer.write(PAIR)
    assert Path("/dev/full").is_char_device()
