import multiprocessing
import time
from pathlib import Path

import pytest

from engine.errors import DataError
from engine.job import run_to_end
from engine.learning.apart import Call, run_apart


def leave(path: Path) -> None:
    path.write_text("done")


def fail(path: Path) -> None:
    raise DataError(f"{path.name} is wrong")


def wait_for_ever(path: Path) -> None:
    leave(path)
    while True:
        time.sleep(1)


def test_every_call_leaves_its_result(tmp_path):
    calls = [Call(str(n), leave, (tmp_path / str(n),)) for n in range(3)]
    run_to_end(run_apart(calls, 2, "trying"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2"]


def test_a_call_that_fails_is_named_and_the_others_results_stay(tmp_path):
    calls = [Call("good", leave, (tmp_path / "good",)), Call("bad", fail, (tmp_path / "bad",))]
    with pytest.raises(DataError, match="trying failed for bad"):
        run_to_end(run_apart(calls, 1, "trying"))
    assert (tmp_path / "good").exists()
    assert not multiprocessing.active_children()


def test_closing_ends_the_processes(tmp_path):
    job = run_apart([Call("long", wait_for_ever, (tmp_path / "long",))], 1, "trying")
    deadline = time.monotonic() + 60
    while not (tmp_path / "long").exists() and time.monotonic() < deadline:
        next(job)
    job.close()
    assert (tmp_path / "long").exists()
    assert not multiprocessing.active_children()
