import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from engine.errors import DataError
from engine.job import run_to_end
from engine.learning.apart import Call, run_apart


def leave(path: Path) -> None:
    path.write_text("done")


def fail(path: Path) -> None:
    raise DataError(f"{path.name} is wrong")


def wait_for_ever(path: Path) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(str(os.getpid()))
    partial.replace(path)
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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killing_the_program_leaves_no_orphan_at_work(tmp_path):
    code = (
        "import sys; from pathlib import Path; from engine.job import run_to_end\n"
        "from engine.learning.apart import Call, run_apart\n"
        "from tests.learning.test_apart import wait_for_ever\n"
        "run_to_end(run_apart([Call('long', wait_for_ever, (Path(sys.argv[1]),))], 1, 'x'))"
    )
    program = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "long")])
    deadline = time.monotonic() + 60
    while not (tmp_path / "long").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    worker = psutil.Process(int((tmp_path / "long").read_text()))
    program.send_signal(signal.SIGKILL)
    program.wait()
    gone, _ = psutil.wait_procs([worker], timeout=60)
    assert gone == [worker]
