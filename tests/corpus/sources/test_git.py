"""Repositories are cloned shallow, refreshed on demand, and can do nothing here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from engine.corpus.sources.git import clone
from engine.errors import BusyError, ConsentError, CorpusError
from engine.job import run_to_end
from engine.types_corpora import Fetching
from tests.corpus.sources.repositories import Repository, git, make_bare, needs_git

ROOT = Path(__file__).parent.parent.parent.parent
pytestmark = needs_git


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_bare(tmp_path, {"a.py": "a = 1\n", "sub/b.py": "b = 1\n"})


def get(cache: Path, url: str, *, refresh: bool = False) -> Path:
    return run_to_end(clone(cache, url, Fetching(refresh=refresh)))


def left_in(cache: Path) -> list[str]:
    return [path.name for path in (cache / "sources").iterdir() if path.suffix != ".lock"]


def test_a_clone_is_shallow_and_refreshed_only_on_demand(
    tmp_path: Path, repository: Repository
) -> None:
    repository.commit({"a.py": "a = 2\n"})
    folder = get(tmp_path / "cache", repository.url)
    assert (folder / "a.py").read_text() == "a = 2\n"
    assert git(folder, "rev-list", "--count", "HEAD").strip() == "1"
    untouched = (folder / "sub" / "b.py").stat().st_mtime_ns
    repository.commit({"a.py": None, "c.py": "c = 3\n"})
    assert get(tmp_path / "cache", repository.url) == folder
    assert (folder / "a.py").exists()
    get(tmp_path / "cache", repository.url, refresh=True)
    assert not (folder / "a.py").exists()
    assert (folder / "c.py").read_text() == "c = 3\n"
    assert (folder / "sub" / "b.py").stat().st_mtime_ns == untouched


def test_history_that_was_rewritten_is_followed(tmp_path: Path, repository: Repository) -> None:
    folder = get(tmp_path / "cache", repository.url)
    git(repository.work, "commit", "--quiet", "--amend", "--message", "other")
    (repository.work / "a.py").write_text("a = 9\n")
    git(repository.work, "commit", "--quiet", "--all", "--message", "more")
    git(repository.work, "push", "--quiet", "--force", "origin", "HEAD:main")
    get(tmp_path / "cache", repository.url, refresh=True)
    assert (folder / "a.py").read_text() == "a = 9\n"


def test_a_branch_is_named_after_the_hash(tmp_path: Path, repository: Repository) -> None:
    repository.commit({"a.py": "a = 'branch'\n"}, branch="other")
    main, other = (get(tmp_path / "cache", repository.url + ref) for ref in ("", "#other"))
    assert (main / "a.py").read_text() == "a = 1\n"
    assert (other / "a.py").read_text() == "a = 'branch'\n"
    repository.commit({"a.py": "a = 'more'\n"}, branch="other")
    get(tmp_path / "cache", f"{repository.url}#other", refresh=True)
    assert (other / "a.py").read_text() == "a = 'more'\n"


def test_the_network_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match="agree with --allow-download"):
        run_to_end(clone(tmp_path, "https://localhost:1/x/y", Fetching(refresh=True)))
    assert not (tmp_path / "sources").exists() or left_in(tmp_path) == []


@pytest.mark.parametrize(
    "url", ["https://localhost:1/x/y", "git@localhost.invalid:x/y", "file:///no/such/place.git"]
)
def test_a_url_that_fails_is_one_line_and_leaves_nothing(tmp_path: Path, url: str) -> None:
    with pytest.raises(CorpusError, match="git could not fetch") as caught:
        run_to_end(clone(tmp_path, url, Fetching(clone=True)))
    assert url in str(caught.value) and "\n" not in str(caught.value)
    assert left_in(tmp_path) == []


def test_a_refresh_that_fails_leaves_the_clone(tmp_path: Path, repository: Repository) -> None:
    folder = get(tmp_path / "cache", repository.url)
    repository.bare.rename(tmp_path / "moved.git")
    with pytest.raises(CorpusError, match="git could not fetch"):
        get(tmp_path / "cache", repository.url, refresh=True)
    assert (folder / "a.py").read_text() == "a = 1\n"
    assert get(tmp_path / "cache", repository.url) == folder


def test_no_git_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CorpusError, match="git is not installed"):
        run_to_end(clone(tmp_path, "file:///x.git", Fetching()))


def test_nothing_of_a_repository_is_run_and_no_link_leads_out(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = tmp_path / "witness"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "post-merge", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {witness}\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "config").write_text(f"[core]\n\thooksPath = {hooks}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text((tmp_path / "config").read_text())
    (repository.work / "leak.py").symlink_to("/etc/passwd")
    repository.commit({"x.py": "x = 1\n"})
    witness.unlink(missing_ok=True)
    folder = get(tmp_path / "cache", repository.url)
    repository.commit({"y.py": "y = 1\n"})
    witness.unlink(missing_ok=True)
    get(tmp_path / "cache", repository.url, refresh=True)
    assert (folder / "y.py").exists()
    assert not witness.exists()
    assert not (folder / "leak.py").is_symlink()
    assert (folder / "leak.py").read_text() == "/etc/passwd"


def test_submodules_are_not_fetched(tmp_path: Path, repository: Repository) -> None:
    (tmp_path / "second").mkdir()
    inner = make_bare(tmp_path / "second", {"inner.py": "i = 1\n"})
    git(repository.work, "-c", "protocol.file.allow=always", "submodule", "add", inner.url, "inner")
    repository.commit({})
    folder = get(tmp_path / "cache", repository.url)
    assert list((folder / "inner").iterdir()) == []


# A stand-in for git that never ends, so that it can be stopped in the middle.
SLOW_GIT = """#!/bin/sh
for last; do :; done
mkdir -p "$last" && echo half > "$last/half.py"
echo started >&2
sleep 600 &
wait
"""

CLONE = """
    import sys
    from pathlib import Path
    from engine.corpus.sources.git import clone
    from engine.types_corpora import Fetching

    for progress in clone(Path(sys.argv[1]), sys.argv[2], Fetching()):
        if list(Path(sys.argv[1]).rglob("half.py")):
            print("reached", flush=True)
            sys.stdin.readline()
"""


@pytest.fixture
def slow_git(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(SLOW_GIT)
    (folder / "git").chmod(0o755)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_stopping_ends_git_with_its_children(
    tmp_path: Path, slow_git: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{slow_git}{os.pathsep}{os.environ['PATH']}")
    job = clone(tmp_path / "cache", "file:///x.git", Fetching())
    for _ in job:
        if list((tmp_path / "cache").rglob("half.py")):
            break
    with pytest.raises(BusyError, match="wait until it is done"):
        get(tmp_path / "cache", "file:///x.git")
    family = psutil.Process().children(recursive=True)
    assert len(family) >= 2
    job.close()
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert left_in(tmp_path / "cache") == []


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_cloning_that_is_killed_leaves_nothing_half_made(
    tmp_path: Path, slow_git: Path, repository: Repository
) -> None:
    cache = tmp_path / "cache"
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CLONE), str(cache), repository.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{slow_git}{os.pathsep}{os.environ['PATH']}",
        },
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reached\n"
        orphans = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    for orphan in orphans:
        if orphan.is_running():
            os.kill(orphan.pid, signal.SIGKILL)
    (half,) = left_in(cache)
    assert ".making-" in half
    folder = get(cache, repository.url)
    assert (folder / "a.py").exists()
    assert left_in(cache) == [folder.parent.name]


def test_a_refresh_that_was_killed_is_finished_without_the_network(
    tmp_path: Path, repository: Repository
) -> None:
    cache = tmp_path / "cache"
    folder = get(cache, repository.url)
    repository.commit({"a.py": "a = 2\n"})
    # As a process leaves it that was killed between fetching and writing the files.
    git(folder, "fetch", "--quiet", "--depth=1", "origin", "HEAD")
    (folder / ".git" / "refresh-unfinished").touch()
    (folder / ".git" / "index.lock").touch()
    shutil.rmtree(repository.bare)
    assert get(cache, repository.url) == folder
    assert (folder / "a.py").read_text() == "a = 2\n"
    assert not (folder / ".git" / "refresh-unfinished").exists()
