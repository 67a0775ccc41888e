"""Settings survive: restarts, other versions, other instances, and damage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from engine.errors import DiskError
from engine.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "base" / "settings.json"


def test_a_value_is_found_again(path: Path) -> None:
    Settings(path).set("splitter", {"sizes": [300, 200], "name": "Ä"})
    assert Settings(path).get("splitter") == {"sizes": [300, 200], "name": "Ä"}


def test_a_default_is_given_for_what_was_never_set(path: Path) -> None:
    settings = Settings(path)
    assert settings.get("theme", "dark") == "dark"
    assert not path.exists()


def test_none_removes_a_key(path: Path) -> None:
    settings = Settings(path)
    settings.set("theme", "dark")
    settings.set("theme", None)
    assert settings.get("theme", "light") == "light"


def test_unknown_keys_are_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"from a newer version": [1, 2]}')
    Settings(path).set("theme", "dark")
    assert json.loads(path.read_text()) == {"from a newer version": [1, 2], "theme": "dark"}


def test_two_instances_keep_what_the_other_has_set(path: Path) -> None:
    first, second = Settings(path), Settings(path)
    first.get("a"), second.get("a")
    first.set("a", 1)
    second.set("b", 2)
    assert json.loads(path.read_text()) == {"a": 1, "b": 2}


_WRITER = """
import sys
from pathlib import Path
from engine.settings import Settings

name, settings = sys.argv[1], Settings(Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    settings.set(f"{name} {number}", number)
    settings.change("both", lambda count: (count or 0) + 1)
"""


def test_two_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, name, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=120)
        assert child.returncode == 0
    values = json.loads(path.read_text())
    kept = {f"{name} {number}": number for name in ("first", "second") for number in range(40)}
    assert values == {**kept, "both": 80}


def test_a_write_waits_for_another_process_only_so_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.settings._PATIENCE", 0.0)
    path.parent.mkdir()
    with (
        FileLock(f"{path}.lock"),
        pytest.raises(DiskError, match="is being written by another Counterpart"),
    ):
        Settings(path).set("a", 1)
    Settings(path).set("a", 1)
    assert Settings(path).get("a") == 1


def test_a_damaged_file_is_moved_aside_by_one_of_two(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    path.write_text("{")
    first, second = Settings(path), Settings(path)
    alone = second._alone

    @contextmanager
    def after_the_other() -> Iterator[None]:
        first.set("a", 1)
        with alone():
            yield

    monkeypatch.setattr(second, "_alone", after_the_other)
    assert second.get("a") == 1
    assert (bool(first.problem), second.problem) == (True, "")
    assert Settings(path).get("a") == 1


@pytest.mark.parametrize("content", [b'{"a": ', b"[1]", b"\xff\xfe", b""])
def test_a_damaged_file_is_kept_aside(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.get("a", "default") == "default"
    settings.set("a", 1)
    (kept,) = path.parent.glob("settings.json.damaged-*")
    assert kept.read_bytes() == content
    assert str(kept) in settings.problem
    assert Settings(path).get("a") == 1


def test_a_write_leaves_no_other_file(path: Path) -> None:
    Settings(path).set("a", 1)
    assert {found.name for found in path.parent.iterdir()} <= {path.name, f"{path.name}.lock"}


def test_a_value_that_is_not_json_changes_nothing(path: Path) -> None:
    settings = Settings(path)
    settings.set("a", 1)
    with pytest.raises(TypeError):
        settings.set("b", object())
    assert json.loads(path.read_text()) == {"a": 1}
    assert settings.get("b") is None


def test_a_failed_write_keeps_the_old_settings(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(path)
    settings.set("a", 1)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="No space left on device"):
        settings.set("a", 2)
    assert {found.name for found in path.parent.iterdir()} <= {path.name, f"{path.name}.lock"}
    assert Settings(path).get("a") == 1
    assert settings.get("a") == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match=r"cannot (read|write)"):
        Settings(tmp_path / "file" / "settings.json").set("a", 1)
