"""What goes wrong on real machines: odd files, killed processes, rivals, damage, full disks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.corpus.index_file import INDEX_NAME
from engine.corpus.store import CorpusStore
from engine.errors import CorpusError, DiskError
from engine.job import run_to_end
from engine.types import Chunk
from tests.corpus.support import MANY, create, module, names, plant_many, update, write

ROOT = Path(__file__).parent.parent.parent

INDEX = """
    import os, signal, sys
    from pathlib import Path
    from tests.corpus.support import create

    if __name__ == "__main__":
        store = create(Path(sys.argv[1]), Path(sys.argv[2]))
        for progress in store.update():
            if progress.stage == "indexing" and progress.done >= int(sys.argv[3]):
                print("reached", flush=True)
                sys.stdin.readline()
"""


@pytest.fixture
def indexer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has indexed a third of many files, and waits for a line on stdin."""
    code = plant_many(tmp_path / "code")
    script = tmp_path / "indexer.py"
    script.write_text(textwrap.dedent(INDEX), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "corpora"), str(code), str(MANY // 3)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reached\n"
    with process:
        yield process
        process.kill()


def kill(process: subprocess.Popen[str]) -> None:
    """End a process without any chance to tidy up; its workers must go too."""
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []


def test_indexing_that_was_killed_goes_on(tmp_path: Path, indexer: subprocess.Popen[str]) -> None:
    kill(indexer)
    store = create(tmp_path / "corpora", tmp_path / "code")
    assert "not indexed to the end" in store.info().problem
    report = update(store)
    assert report.files == MANY
    assert 0 < report.files_changed <= MANY - MANY // 3
    assert names(store.collection()) == {f"function_{number}" for number in range(MANY)}
    assert store.info().problem == ""
    store.close()


def test_reindexing_that_was_killed_leaves_the_last_good_generation(tmp_path: Path) -> None:
    code = plant_many(tmp_path / "code")
    store = create(tmp_path / "corpora", code)
    update(store)
    before = store.collection().table.ids
    store.close()
    for file in code.rglob("*.py"):
        write(file, file.read_text().replace("function", "changed"), when=1_100_000_000)
    script = tmp_path / "indexer.py"
    script.write_text(textwrap.dedent(INDEX), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "corpora"), str(code), str(MANY // 3)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reached\n"
        kill(process)
    store = CorpusStore.open(store.folder)
    assert store.collection().table.ids == before
    assert names(store.collection()) == {f"function_{number}" for number in range(MANY)}
    assert 0 < update(store).files_changed < MANY
    assert names(store.collection()) == {f"changed_{number}" for number in range(MANY)}
    store.close()


def test_two_processes_index_one_corpus(tmp_path: Path, indexer: subprocess.Popen[str]) -> None:
    store = create(tmp_path / "corpora", tmp_path / "code")
    with pytest.raises(CorpusError, match="being indexed already"):
        update(store)
    with pytest.raises(CorpusError, match="being indexed already"):
        store.remove()
    indexer.communicate("go on\n" * MANY * 10)
    assert indexer.returncode == 0
    assert names(store.collection()) == {f"function_{number}" for number in range(MANY)}
    assert update(store).files_changed == 0
    store.close()


def test_a_closed_job_leaves_no_workers(tmp_path: Path) -> None:
    store = create(tmp_path / "corpora", plant_many(tmp_path / "code"))
    before = set(psutil.Process().children(recursive=True))
    job = store.update()
    workers: set[psutil.Process] = set()
    for progress in job:
        workers = set(psutil.Process().children(recursive=True)) - before
        if progress.stage == "indexing" and progress.done:
            break
    assert workers
    job.close()
    left = set(psutil.Process().children(recursive=True)) - before
    assert all("resource_tracker" in " ".join(process.cmdline()) for process in left)
    store.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal there")
def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    store = create(tmp_path / "corpora", plant_many(tmp_path / "code"))
    before = set(psutil.Process().children(recursive=True))
    killed = False
    job = store.update()
    report = None
    while report is None:
        try:
            progress = next(job)
        except StopIteration as end:
            report = end.value
            break
        if progress.stage == "indexing" and progress.done and not killed:
            workers = set(psutil.Process().children(recursive=True)) - before
            for worker in workers:
                if "spawn_main" in " ".join(worker.cmdline()):
                    os.kill(worker.pid, signal.SIGKILL)
                    killed = True
                    break
    assert killed
    assert (report.files, report.skipped) == (MANY, ())
    assert names(store.collection()) == {f"function_{number}" for number in range(MANY)}
    store.close()


def test_odd_files_are_told_and_the_others_indexed(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "good.py", module("good"))
    (code / "latin.py").write_bytes(b"def caf\xe9():\n    return 'na\xefve'\n")
    (code / "binary.py").write_bytes(b"\x00\x01\x02" * 100)
    (code / "broken.ipynb").write_text('{"cells": [{"cell_type": "code", "sour')
    (code / "deep.py").write_text("(" * 100_000)
    (code / "syntax.py").write_text("def broken(:\n    return ]\n")
    with (code / "huge.js").open("wb") as file:
        file.write(b"var x = '" + b"a" * 50_000_000 + b"';")
    (code / "line.js").write_text("var x = '" + "a" * 500_000 + "';")
    store = create(tmp_path / "corpora", code)
    report = update(store)
    reasons = {Path(item.path).name: item.reason for item in report.skipped}
    assert reasons.keys() == {"binary.py", "broken.ipynb", "huge.js", "line.js", "deep.py"}
    assert reasons["huge.js"] == "larger than 1 MB"
    assert reasons["line.js"].startswith("minified or generated")
    assert reasons["binary.py"] == "a binary file"
    assert reasons["broken.ipynb"].startswith("not a readable notebook")
    assert {"good", "café"} <= names(store.collection())
    assert update(store).skipped == report.skipped
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_a_file_that_cannot_be_read_is_told_and_read_later(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "a.py", module("alpha"))
    secret = code / "secret.py"
    write(secret, module("secret"))
    store = create(tmp_path / "corpora", code)
    job = store.update()
    next(job)
    # Gone between the walk and the reading: root could read whatever permissions forbid.
    for progress in job:
        if progress.stage == "indexing":
            secret.unlink()
            break
    report = run_to_end(job)
    assert [Path(item.path).name for item in report.skipped] == ["secret.py"]
    assert "cannot be read" in report.skipped[0].reason
    write(secret, module("secret"))
    assert update(store).skipped == ()
    assert names(store.collection()) == {"alpha", "secret"}
    store.close()


def test_a_folder_without_code_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    store = create(tmp_path / "corpora", tmp_path / "empty")
    with pytest.raises(CorpusError, match="no code was found"):
        update(store)
    store.close()


def test_sources_that_have_gone_leave_the_index_as_it_is(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "a.py", module("alpha"))
    store = create(tmp_path / "corpora", code)
    update(store)
    (code / "a.py").unlink()
    with pytest.raises(CorpusError, match="no code was found"):
        update(store)
    code.rmdir()
    with pytest.raises(CorpusError, match="cannot read"):
        update(store)
    assert names(store.collection()) == {"alpha"}
    store.close()


DAMAGE = {
    "header": lambda data: b"not a database" + data[14:],
    "middle": lambda data: (
        data[: len(data) // 4] + b"\xa5" * (len(data) // 2) + data[-(len(data) // 4) :]
    ),
    "cut": lambda data: data[: len(data) // 2],
    "text": lambda data: data.replace(b"    return x", b"\xff\xfe\xff\xfereturn x"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_index_is_told_kept_aside_and_made_again(tmp_path: Path, kind: str) -> None:
    code = plant_many(tmp_path / "code", 40)
    store = create(tmp_path / "corpora", code)
    update(store)
    expected = names(store.collection())
    store._index.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    path = store.folder / INDEX_NAME
    broken = DAMAGE[kind](path.read_bytes())
    path.write_bytes(broken)

    store = CorpusStore.open(store.folder)
    with pytest.raises(CorpusError, match="index mine again") as failure:
        names(store.collection())
    assert "\n" not in str(failure.value)
    if kind != "text":
        assert "index mine again" in store.info().problem
    update(store)
    assert names(store.collection()) == expected
    assert store.info().problem == ""
    kept = [file for file in store.folder.iterdir() if ".damaged-" in file.name]
    assert [file.read_bytes() for file in kept if not file.name.endswith(("-wal", "-shm"))] == [
        broken
    ]
    store.close()


def test_an_index_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    code = plant_many(tmp_path / "code", 5)
    store = create(tmp_path / "corpora", code)
    update(store)
    store.close()
    for file in store.folder.glob(f"{INDEX_NAME}*"):
        file.unlink()
    store = CorpusStore.open(store.folder)
    assert "index it again" in store.info().problem
    update(store)
    assert len(names(store.collection())) == 5
    store.close()


def test_a_full_disk_is_told_and_the_last_generation_stays(tmp_path: Path) -> None:
    code = plant_many(tmp_path / "code", 10)
    store = create(tmp_path / "corpora", code)
    update(store)
    before = store.collection()
    pages = store._index.db.conn.execute("PRAGMA page_count").fetchone()[0]
    store._index.db.conn.execute(f"PRAGMA max_page_count={pages}")
    write(code / "large.py", "\n\n".join(module(f"large_{n}", 20) for n in range(100)))
    with pytest.raises(DiskError, match="the disk is full"):
        update(store)
    assert store.collection() is before
    assert len(names(before)) == 10
    store._index.db.conn.execute(f"PRAGMA max_page_count={pages + 100_000}")
    update(store)
    assert len(names(store.collection())) == 110
    store.close()


def test_a_specification_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    store = create(tmp_path / "corpora", plant_many(tmp_path / "code", 2))
    store.close()
    for content in ("{", "[]", '{"name": "mine"}'):
        (store.folder / "corpus.json").write_text(content)
        with pytest.raises(CorpusError, match="delete that folder and index it again"):
            CorpusStore.open(store.folder)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskError):
        create(tmp_path / "file", tmp_path)


def test_a_program_without_a_main_file_indexes_all_the_same(tmp_path: Path) -> None:
    """Workers cannot start from a script on stdin: the work is then done in one process."""
    code = plant_many(tmp_path / "code")
    finished = subprocess.run(
        [sys.executable, "-", str(tmp_path / "corpora"), str(code), "1000000"],
        input=textwrap.dedent(INDEX),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert finished.stdout == ""
    store = create(tmp_path / "corpora", code)
    assert names(store.collection()) == {f"function_{number}" for number in range(MANY)}
    store.close()


def test_one_odd_name_or_notebook_stops_nothing(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "good.py", module("good"))
    cells = [
        {"cell_type": "markdown", "source": "half of a pair \ud83d"},
        {"cell_type": "code", "source": "smile = '\ud83d'\nprint(smile)"},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (code / "odd.ipynb").write_text(json.dumps(notebook), "utf-8")
    try:
        (code / os.fsdecode(b"caf\xe9.py")).write_text(module("latin"), "utf-8")
    except OSError:
        pytest.skip("this disk has names in UTF-8 only")
    store = create(tmp_path / "corpora", code)
    report = update(store)
    assert {"good", "odd.ipynb"} <= {chunk.name for chunk in all_chunks(store)} | {
        chunk.path for chunk in all_chunks(store)
    }
    assert any("smile" in chunk.text for chunk in all_chunks(store))
    assert [item.reason for item in report.skipped] == ["its name is not UTF-8; rename it"]
    store.close()


def all_chunks(store: CorpusStore) -> list[Chunk]:
    collection = store.collection()
    return collection.chunks(range(len(collection.table.ids)))
