"""Real processes, real kills, real damage."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.judgements.store import JudgementStore
from engine.types import Grade
from tests.judgements.drafts import draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "judgements.sqlite"


class Writer:
    """A process that writes judgements and says each one once it is kept."""

    def __init__(self, path: Path, name: str, count: int) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.judgements.drafts", str(path), name, str(count)],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Writer:
        assert self._line() == "ready"
        return self

    def __exit__(self, *_details: object) -> None:
        self.process.kill()
        self.process.communicate()

    def start(self) -> None:
        """Let it write."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def kill_after(self, lines: int) -> int:
        """Kill it once it has said so many; return how many it said in all."""
        said = [self._line() for _ in range(lines)]
        self.process.kill()
        rest, _ = self.process.communicate()
        return len(said) + rest.count("\n")

    def finish(self) -> None:
        """Wait until it has written everything."""
        self.process.communicate()
        assert self.process.returncode == 0

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_a_killed_writer_loses_at_most_the_write_in_flight(path: Path, lines: int) -> None:
    with Writer(path, "one", 100_000) as writer:
        writer.start()
        said = writer.kill_after(lines)
        if sys.platform != "win32":
            assert writer.process.returncode == -signal.SIGKILL
    with JudgementStore(path) as store:
        kept = [judgement for judgement in store.judgements() if judgement.judge == "one"]
        assert [judgement.query_text for judgement in kept[:said]] == [
            f"one {number}" for number in range(said)
        ]
        assert len(kept) <= said + 1
        assert store.problem == ""
        for judgement in kept:
            assert [change.after for change in store.history(judgement.id)] == [judgement.grade]
        assert store.judge(draft()) is not None


def test_two_processes_at_once_lose_nothing(path: Path) -> None:
    count = 60
    # Both are started before either is waited for: they also create the store at once.
    one, other = Writer(path, "ada", count), Writer(path, "grace", count)
    with one as ada, other as grace:
        ada.start()
        grace.start()
        ada.finish()
        grace.finish()
    with JudgementStore(path) as store:
        judgements = store.judgements()
        assert Counter(judgement.judge for judgement in judgements) == {
            "ada": count,
            "grace": count,
            "everyone": 1,
        }
        (shared,) = [found for found in judgements if found.judge == "everyone"]
        changes = store.history(shared.id)
        assert [change.before for change in changes[1:]] == [
            change.after for change in changes[:-1]
        ]
        assert changes[-1].after is shared.grade


def test_a_second_instance_sees_what_the_first_has_written(path: Path) -> None:
    with JudgementStore(path) as first, JudgementStore(path) as second:
        first.judge(draft(Grade.WEAK))
        second.judge(draft(Grade.EXACT))
        assert first.judgements()[0].grade is Grade.EXACT
        first.undo()
        assert second.judgements()[0].grade is Grade.WEAK


@pytest.mark.parametrize("damage", ["garbage", "truncated", "page"])
def test_a_damaged_store_is_kept_aside_and_never_overwritten(path: Path, damage: str) -> None:
    with JudgementStore(path) as store:
        for number in range(50):
            store.judge(draft(query=f"query {number}", text="x" * 500))
    content = path.read_bytes()
    if damage == "garbage":
        content = b"this is no database\n" * 100
    elif damage == "truncated":
        content = content[: len(content) // 2]
    else:
        content = content[:8192] + b"\xff" * 4096 + content[12288:]
    path.write_bytes(content)

    with JudgementStore(path) as store:
        (kept,) = [
            found
            for found in path.parent.glob("judgements.sqlite.damaged-*")
            if not found.name.endswith(("-wal", "-shm"))
        ]
        assert kept.read_bytes() == content
        assert str(kept) in store.problem
        assert store.judgements() == []
        store.judge(draft())
    with JudgementStore(path) as store:
        assert store.problem == ""
        assert store.count() == 1


def test_a_store_of_a_newer_version_is_left_alone(path: Path) -> None:
    JudgementStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('judgements', 'm999_from_the_future', '2099-01-01')"
        )
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        JudgementStore(path)
    assert path.read_bytes() == content


def test_what_is_set_aside_is_moved_over_in_small_parts(path: Path) -> None:
    """The write that triggers it waits for the disk: it must not find a thousand pages there."""
    log = path.with_name(f"{path.name}-wal")
    with JudgementStore(path) as store:
        before = log.stat().st_size if log.exists() else 0
        for number in range(120):
            store.judge(draft(query=f"query {number}", text=f"{number}" * 3000))
        assert log.stat().st_size < max(before, 2_000_000)
