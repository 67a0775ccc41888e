"""The files that are found are those a developer would call theirs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.corpus.walk import FoundFile, walk
from engine.errors import CorpusError
from engine.types_corpora import SkippedFile


def plant(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def found(*sources: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> set[str]:
    items = walk([str(source) for source in sources], include, exclude)
    return {item.path for item in items if isinstance(item, FoundFile)}


def skipped(*sources: Path) -> dict[str, str]:
    items = walk([str(source) for source in sources])
    return {Path(i.path).name: i.reason for i in items if isinstance(i, SkippedFile)}


def test_code_is_found_and_other_files_are_not(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "sub/b.js", "sub/deep/c.ipynb", "README.md", "data.json", "image.png")
    plant(tmp_path, ".hidden/d.py", "__pycache__/e.py", "LICENSE", "empty.py")
    (tmp_path / "empty.py").write_text("")
    assert found(tmp_path) == {"a.py", "sub/b.js", "sub/deep/c.ipynb"}
    assert skipped(tmp_path) == {}
    first = next(item for item in walk([str(tmp_path)]) if isinstance(item, FoundFile))
    assert (first.root, first.size) == (str(tmp_path), 6)
    assert first.mtime_ns == (tmp_path / "a.py").stat().st_mtime_ns


def test_gitignore_files_are_respected_nested_and_negated(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "made/b.py", "sub/c_gen.py", "sub/keep_gen.py", "sub/in/d.py")
    plant(tmp_path, "sub/in/x.py", "other/x.py", "anchored.py", "sub/anchored.py")
    (tmp_path / ".gitignore").write_text("made/\n*_gen.py\n/anchored.py\n[invalid\n")
    (tmp_path / "sub" / ".gitignore").write_text("!keep_gen.py\nin/x.py\n")
    assert found(tmp_path) == {
        "a.py",
        "sub/keep_gen.py",
        "sub/in/d.py",
        "other/x.py",
        "sub/anchored.py",
    }


def test_the_rules_of_the_repository_around_hold(tmp_path: Path) -> None:
    plant(tmp_path, "repo/src/a.py", "repo/src/made/b.py", "repo/src/c.py", "repo/out/d.py")
    (tmp_path / "repo" / ".git").mkdir()
    (tmp_path / "repo" / ".gitignore").write_text("made/\n/src/c.py\nout/\n")
    (tmp_path / ".gitignore").write_text("*.py\n")  # outside the repository
    assert found(tmp_path / "repo" / "src") == {"a.py"}
    # Asked for by name although its repository ignores it.
    assert found(tmp_path / "repo" / "out") == {"d.py"}


def test_vendored_minified_and_large_files_are_told(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "node_modules/b.js", "site-packages/c.py", "venv/d.py", "lib.min.js")
    plant(tmp_path, "venv/pyvenv.cfg")
    plant(tmp_path, "big.py", text="x = 1\n" * 200_000)
    plant(tmp_path, "outputs.ipynb", text=" " * 2_000_000)
    assert found(tmp_path) == {"a.py", "outputs.ipynb"}
    assert skipped(tmp_path) == {
        "node_modules": "vendored code",
        "site-packages": "vendored code",
        "venv": "a virtual environment",
        "lib.min.js": "minified",
        "big.py": "larger than 1 MB",
    }
    # The folder that was asked for may itself be called so.
    assert found(tmp_path / "site-packages") == {"c.py"}


def test_include_and_exclude_patterns(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "b.js", "notes.md", "tests/test_a.py", "src/tests/deep.py")
    assert found(tmp_path, include=("*.py",)) == {"a.py", "tests/test_a.py", "src/tests/deep.py"}
    assert found(tmp_path, include=("*.md",)) == {"notes.md"}
    assert found(tmp_path, include=("/tests/",)) == {"tests/test_a.py"}
    assert found(tmp_path, exclude=("tests/",)) == {"a.py", "b.js"}
    assert found(tmp_path, include=("*.py",), exclude=("test_*",)) == {"a.py", "src/tests/deep.py"}


def test_a_file_can_be_a_source(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "b.py", "notes.txt")
    assert found(tmp_path / "a.py", tmp_path / "notes.txt") == {"a.py", "notes.txt"}


def test_overlapping_sources_give_each_file_once(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "sub/b.py")
    for sources in ([tmp_path, tmp_path / "sub"], [tmp_path / "sub", tmp_path], [tmp_path] * 2):
        items = [Path(i.root, i.path) for i in walk(map(str, sources)) if isinstance(i, FoundFile)]
        assert sorted(items) == [tmp_path / "a.py", tmp_path / "sub" / "b.py"]


def test_a_source_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read .*missing"):
        found(tmp_path / "missing")


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert found(tmp_path) == set()


needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@needs_links
def test_links_that_lead_back_are_told_and_not_followed(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "sub/b.py")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "early").symlink_to(tmp_path / "sub", target_is_directory=True)
    (tmp_path / "again.py").symlink_to(tmp_path / "a.py")
    (tmp_path / "dangling.py").symlink_to(tmp_path / "nowhere.py")
    assert found(tmp_path) == {"a.py", "sub/b.py"}
    told = skipped(tmp_path)
    assert told["loop"] == told["early"] == "a link to a folder that is there already"
    assert told["again.py"] == "a link to a file that is there already"
    assert told["dangling.py"].startswith("cannot be read")


@needs_links
def test_links_to_elsewhere_are_followed_once(tmp_path: Path) -> None:
    plant(tmp_path, "project/a.py", "elsewhere/b.py", "elsewhere/sub/c.py", "single.py")
    (tmp_path / "project" / "one").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "project" / "two").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "project" / "linked.py").symlink_to(tmp_path / "single.py")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "project", target_is_directory=True)
    assert found(tmp_path / "project") == {"a.py", "one/b.py", "one/sub/c.py", "linked.py"}


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_a_folder_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, "a.py", "locked/b.py")
    locked = tmp_path / "locked"
    locked.chmod(0)
    if os.access(locked, os.R_OK):  # permissions do not stop root: have the system call refuse
        real = os.scandir

        def refuse(path: str | Path) -> object:
            if Path(path) == locked:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", refuse)
    try:
        assert found(tmp_path) == {"a.py"}
        assert skipped(tmp_path) == {"locked": "cannot be read: Permission denied"}
        with pytest.raises(CorpusError, match="Permission denied"):
            found(locked)
    finally:
        locked.chmod(0o700)
