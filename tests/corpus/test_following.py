"""Watching real folders: what is saved is taken in, and trouble is said in words."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.corpus.network_drive import network_drive
from engine.corpus.watcher import Watcher, WatchError
from engine.engine import Engine
from engine.errors import CorpusError
from engine.job import JobContext, run_to_end
from engine.paths import Paths
from engine.types import Query
from engine.types_corpora import ChangeKind, CorpusSpec, FileChange
from tests.corpus.support import module, write

ROOT = Path(__file__).parent.parent.parent


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is so; fail if that takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


class Seen:
    """All that a watcher has told."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.paths: set[str] = set()

    def has(self, *paths: Path) -> bool:
        self.paths |= self._watcher.poll()
        return set(map(str, paths)) <= self.paths


def test_a_watcher_tells_of_what_is_saved_renamed_and_deleted(tmp_path: Path) -> None:
    write(tmp_path / "a.py", "a")
    watcher = Watcher([tmp_path])
    seen = Seen(watcher)
    assert watcher.poll() == set()
    (tmp_path / "a.py").write_text("changed")
    wait_for(lambda: seen.has(tmp_path / "a.py"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.py").rename(tmp_path / "sub" / "b.py")
    wait_for(lambda: seen.has(tmp_path / "sub"))
    seen.paths.clear()
    (tmp_path / "sub" / "c.py").write_text("new")
    wait_for(lambda: seen.has(tmp_path / "sub" / "c.py"))
    shutil.rmtree(tmp_path / "sub")
    wait_for(lambda: seen.has(tmp_path / "sub"))
    watcher.close()


def test_it_does_not_tell_of_folders_that_no_walk_enters(tmp_path: Path) -> None:
    for folder in (".git", "node_modules", "src"):
        (tmp_path / folder).mkdir()
    watcher = Watcher([tmp_path])
    seen = Seen(watcher)
    for folder in (".git", "node_modules", "src"):
        (tmp_path / folder / "x.py").write_text("x")
    wait_for(lambda: seen.has(tmp_path / "src" / "x.py"))
    assert not {path for path in seen.paths if ".git" in path or "node_modules" in path}
    watcher.close()


def test_a_single_file_is_watched_though_editors_replace_it(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    write(file, "a")
    watcher = Watcher([], [file])
    seen = Seen(watcher)
    for text in ("b", "c"):
        (tmp_path / "other.py").write_text(text)
        (tmp_path / "one.py.new").write_text(text)
        (tmp_path / "one.py.new").replace(file)
        wait_for(lambda: seen.has(file))
        assert seen.paths == {str(file)}
        seen.paths.clear()
    watcher.close()


def test_what_is_behind_a_link_has_the_name_the_user_gave(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    watcher = Watcher([tmp_path / "link"])
    seen = Seen(watcher)
    (tmp_path / "real" / "x.py").write_text("x")
    wait_for(lambda: seen.has(tmp_path / "link" / "x.py"))
    watcher.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WatchError, match="is not there, so changes are not noticed"):
        Watcher([tmp_path / "gone"])
    (tmp_path / "going").mkdir()
    watcher = Watcher([tmp_path / "going"])
    (tmp_path / "going").rmdir()
    with pytest.raises(WatchError, match=r"is gone|has ended"):
        wait_for(lambda: watcher.poll() is None)


LIMITED = """
echo {limit} > /proc/sys/user/max_inotify_watches &&
exec {python} -c '
from pathlib import Path
from engine.corpus.watcher import Watcher, WatchError
try:
    Watcher([Path("{folder}")])
except WatchError as error:
    print(error)
'
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs a user namespace of its own")
def test_the_limit_of_the_system_is_told(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / str(number)).mkdir()
    script = LIMITED.format(limit=5, python=sys.executable, folder=tmp_path)
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        pytest.skip("no user namespaces here")
    assert done.stdout.startswith("the system's limit of watched folders is reached")
    assert "re-index by hand" in done.stdout


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("/dev/sda1 / ext4 rw 0 0\nserver:/x /home nfs4 rw 0 0\n", "nfs4"),
        (
            "/dev/sda1 / ext4 rw 0 0\nserver:/x /home nfs4 rw 0 0\n/dev/sdb /home/me xfs rw 0 0\n",
            "",
        ),
        ("/dev/sda1 / ext4 rw 0 0\n//server/x /home/me\\040too cifs rw 0 0\n", ""),
        ("", ""),
    ],
)
def test_network_drives_are_known_by_the_nearest_mount(mounts: str, kind: str) -> None:
    assert network_drive(Path("/home/me/code"), mounts) == kind


# The engine, following


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(Paths(tmp_path / "home"))
    yield made
    made.close()


@pytest.fixture
def code(tmp_path: Path, engine: Engine) -> Path:
    """A corpus `mine` of three files that is followed and has been caught up with."""
    folder = tmp_path / "code"
    for name in ("alpha", "beta", "gamma"):
        write(folder / f"{name}.py", module(name))
    run_to_end(engine.index(CorpusSpec("mine", (str(folder),), lexical_only=True)))
    engine.follow_corpora()
    wait_for(lambda: engine.news().changed == ("mine",))
    run_to_end(engine.follow("mine"))
    return folder


def take_in(engine: Engine) -> tuple[FileChange, ...]:
    """Wait for news and follow until something has changed."""
    wait_for(lambda: engine.news().changed == ("mine",))
    report = run_to_end(engine.follow("mine"))
    assert report is not None
    return report.changes


def found(engine: Engine, text: str) -> set[str]:
    result = engine.search(Query(text, "mine"), JobContext())
    return {hit.chunk.path for hit in result.hits if text in hit.chunk.text}


def test_what_is_saved_renamed_and_deleted_is_taken_in(engine: Engine, code: Path) -> None:
    (code / "fresh.py").write_text(module("quaternion"))
    assert take_in(engine) == (FileChange(ChangeKind.ADDED, "fresh.py"),)
    assert found(engine, "quaternion") == {"fresh.py"}
    (code / "fresh.py").rename(code / "other.py")
    assert take_in(engine) == (FileChange(ChangeKind.RENAMED, "other.py", "fresh.py"),)
    assert found(engine, "quaternion") == {"other.py"}
    (code / "other.py").unlink()
    assert take_in(engine) == (FileChange(ChangeKind.REMOVED, "other.py"),)
    assert found(engine, "quaternion") == set()


def test_a_burst_is_taken_in_at_once(engine: Engine, code: Path) -> None:
    for number in range(300):
        (code / f"burst{number}.py").write_text(module(f"burst_{number}"))
    reports = []
    wait_for(lambda: reports.append(take_in(engine)) or found(engine, "burst_299"))
    assert sum(map(len, reports)) >= 300
    assert len(reports) < 10


def test_news_are_news_until_they_are_taken(engine: Engine, code: Path) -> None:
    (code / "fresh.py").write_text(module("quaternion"))
    wait_for(lambda: engine.news().changed == ("mine",))
    assert engine.news().changed == ("mine",)
    job = engine.follow("mine")
    next(job)
    assert engine.news().changed == ()
    job.close()  # as when the window is closed: it is news again
    wait_for(lambda: engine.news().changed == ("mine",))
    assert len(take_in(engine)) == 1
    assert engine.news().changed == ()


def test_a_pause_holds_and_resuming_catches_up(engine: Engine, code: Path) -> None:
    info = engine.set_watch("mine", False)
    assert (info.watch, info.watching, info.watchable) == (False, False, True)
    (code / "fresh.py").write_text(module("quaternion"))
    assert engine.news().changed == ()
    assert engine.set_watch("mine", True).watching
    assert take_in(engine) == (FileChange(ChangeKind.ADDED, "fresh.py"),)


def test_sources_that_come_to_nothing_do_not_take_the_place_of_those_that_are_followed(
    engine: Engine, code: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for wrong in (empty, tmp_path / "nowhere"):
        with pytest.raises(CorpusError):
            run_to_end(engine.index(CorpusSpec("mine", (str(wrong),), lexical_only=True)))
    (code / "fresh.py").write_text(module("quaternion"))
    assert take_in(engine) == (FileChange(ChangeKind.ADDED, "fresh.py"),)
    assert found(engine, "quaternion") == {"fresh.py"}


def test_the_setting_is_kept(engine: Engine, code: Path) -> None:
    engine.set_watch("mine", False)
    engine.close()
    engine.follow_corpora()
    (info,) = [info for info in engine.corpora() if info.name == "mine"]
    assert not info.watch and not info.watching
    with pytest.raises(CorpusError, match="built-in"):
        engine.set_watch("sample", False)


def test_a_corpus_that_another_process_indexes_is_tried_again(
    engine: Engine, code: Path, tmp_path: Path
) -> None:
    rival = Engine(Paths(tmp_path / "home"))
    job = rival.index(CorpusSpec("mine", (str(code),), lexical_only=True))
    while next(job).stage != "checking":
        pass
    (code / "fresh.py").write_text(module("quaternion"))
    wait_for(lambda: engine.news().changed == ("mine",))
    assert run_to_end(engine.follow("mine")) is None
    job.close()
    rival.close()
    assert take_in(engine) == (FileChange(ChangeKind.ADDED, "fresh.py"),)


def test_indexing_and_following_at_once_get_on(engine: Engine, code: Path) -> None:
    (code / "fresh.py").write_text(module("quaternion"))
    wait_for(lambda: engine.news().changed == ("mine",))
    following = engine.follow("mine")
    next(following)
    indexing = engine.index(CorpusSpec("mine", (str(code),), lexical_only=True))
    assert next(indexing).stage == "waiting"
    run_to_end(following)
    assert run_to_end(indexing).files == 4


def test_a_folder_that_goes_is_told_and_followed_again_when_it_is_back(
    engine: Engine, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.corpus.following.RETRY_SECONDS", 0.0)
    code.rename(code.with_name("away"))
    problems: list[str] = []
    wait_for(lambda: problems.extend(engine.news().problems) or problems)
    assert problems[0].startswith("mine: ") and "changes are not noticed" in problems[0]
    (info,) = [info for info in engine.corpora() if info.name == "mine"]
    assert (info.files, info.watching) == (3, False)
    assert info.watch_problem
    code.with_name("away").rename(code)
    (code / "fresh.py").write_text(module("quaternion"))
    assert take_in(engine) == (FileChange(ChangeKind.ADDED, "fresh.py"),)


def test_a_corpus_that_was_never_finished_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "code"
    write(folder / "a.py", module("alpha"))
    job = engine.index(CorpusSpec("half", (str(folder),)))
    while next(job).stage != "checking":
        pass
    job.close()
    engine.follow_corpora()
    assert engine.news().changed == ()
