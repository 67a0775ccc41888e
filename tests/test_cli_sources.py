"""The command line: corpora from anywhere, and one that is kept up to date."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from tests.corpus.sources.repositories import make_bare, needs_git

ROOT = Path(__file__).resolve().parent.parent
Index = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Index:
    def call(*arguments: str) -> tuple[int, dict[str, Any], str]:
        capsys.readouterr()
        code = main(
            ["index", *arguments, "--json", "--lexical-only", "--basedir", str(tmp_path / "home")]
        )
        said = capsys.readouterr()
        return code, json.loads(said.out or "{}"), said.err

    return call


def sources(index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    main(["corpora", "--json", "--basedir", str(tmp_path / "home")])
    corpora = json.loads(capsys.readouterr().out)["corpora"]
    return {info["name"]: info["sources"] for info in corpora}


def test_a_package_and_an_archive_together(
    index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("def packed():\n    return 1\n")
    archive = tmp_path / "project-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "a.py", "project-1.0/a.py")
    code, report, _ = index(str(archive), "--package", "pytest-timeout", "--name", "both")
    assert code == 0 and report["files"] >= 2
    assert sources(index, tmp_path, capsys)["both"] == [str(archive), "package:pytest-timeout"]
    main(["remove", "both", "--basedir", str(tmp_path / "home")])
    assert not [p for p in (tmp_path / "home" / "cache" / "sources").iterdir() if p.is_dir()]


def test_without_a_source_what_is_asked_for_changes_the_corpus_that_is_there(
    index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    for name in ("a.py", "b.py", "c.py"):
        (code / name).write_text("def f():\n    return 1\n")
    assert index(str(code), "--name", "mine")[1]["files"] == 3
    assert index("--name", "mine", "--exclude", "b.py", "--no-watch")[1]["files"] == 2
    assert index("--name", "mine")[1]["files"] == 2
    main(["corpora", "--json", "--basedir", str(tmp_path / "home")])
    found = json.loads(capsys.readouterr().out)["corpora"]
    (mine,) = [info for info in found if info["name"] == "mine"]
    assert (mine["sources"], mine["exclude"], mine["watch"]) == ([str(code)], ["b.py"], False)


@needs_git
def test_a_repository_is_refreshed_on_demand(
    index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = make_bare(tmp_path, {"a.py": "def one():\n    return 1\n"})
    code, report, _ = index(str(repository.bare), "--name", "repo")
    assert (code, report["files"]) == (0, 1)
    assert sources(index, tmp_path, capsys)["repo"] == [repository.url]
    repository.commit({"b.py": "def two():\n    return 2\n"})
    assert index("--name", "repo")[1]["files"] == 1
    code, report, _ = index("--name", "repo", "--refresh")
    assert (code, report["files"], report["files_changed"]) == (0, 2, 1)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("https://localhost:1/x/y",), "agree with --allow-download"),
        (("--package", "no-such-package"), "no installed Python package called no-such-package"),
        (("/no/such/folder",), "there is no folder or file /no/such/folder"),
        ((), "there is no corpus named x yet; say what to make it from"),
    ],
)
def test_what_cannot_be_had_is_one_line(
    index: Index, arguments: tuple[str, ...], line: str
) -> None:
    code, _, err = index(*arguments, "--name", "x")
    assert code == 1
    assert line in err and err.count("\n") == 1


class Watching:
    """`counterpart watch --json` in a process of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gui", "watch", *arguments, "--json", "--basedir", str(home)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def line(self) -> dict[str, Any]:
        """The next event."""
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture
def watching(index: Index, project: Path, tmp_path: Path) -> Iterator[Watching]:
    index(str(project), "--name", "mine")
    started = Watching(tmp_path / "home", "mine")
    with started.process:
        assert started.line() == {"event": "watching", "name": "mine"}
        yield started
        started.process.kill()


def test_watch_prints_a_line_for_each_change_until_interrupted(
    watching: Watching, project: Path
) -> None:
    (project / "fresh.py").write_text("def fresh():\n    return 1\n")
    event = watching.line()
    assert (event["event"], event["path"], event["before"]) == ("added", "fresh.py", None)
    (project / "fresh.py").rename(project / "other.py")
    event = watching.line()
    assert (event["event"], event["path"]) == ("renamed", "other.py")
    assert event["before"] == "fresh.py"
    (project / "other.py").unlink()
    assert watching.line()["event"] == "removed"
    if sys.platform != "win32":
        watching.process.send_signal(signal.SIGINT)
        out, err = watching.process.communicate(timeout=60)
        assert watching.process.returncode == 130
        assert out == "" and "Traceback" not in err


def test_watch_ends_with_a_line_when_the_folder_goes(watching: Watching, project: Path) -> None:
    (project / "fresh.py").write_text("def fresh():\n    return 1\n")
    assert watching.line()["path"] == "fresh.py"
    project.rename(project.with_name("away"))
    _, err = watching.process.communicate(timeout=60)
    assert watching.process.returncode == 1
    assert "changes are not noticed" in err and "Traceback" not in err


def test_what_cannot_be_watched_is_one_line(
    index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index("--package", "pytest-timeout", "--name", "packed")
    for name, line in (
        ("packed", "has no folder or file that could be watched"),
        ("nobody", "there is no corpus named nobody"),
    ):
        capsys.readouterr()
        assert main(["watch", name, "--basedir", str(tmp_path / "home")]) == 1
        err = capsys.readouterr().err
        assert line in err and err.count("\n") == 1
