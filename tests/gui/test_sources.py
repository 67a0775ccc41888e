"""What a user may name as a source."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import DataError
from gui.sources import resolve_source, suggest_name


def test_a_folder_and_a_file_are_themselves(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.touch()
    assert resolve_source(str(tmp_path)) == tmp_path.resolve()
    assert resolve_source(f"  '{file}' ") == file.resolve()
    assert resolve_source(file.as_uri()) == file.resolve()


def test_the_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert resolve_source("~") == tmp_path.resolve()


def test_a_package_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "fragile"
    (package / "sub").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    (package / "part.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert resolve_source("fragile") == package.resolve()
    assert resolve_source("fragile.sub") == (package / "sub").resolve()
    assert resolve_source("fragile.part") == (package / "part.py").resolve()
    assert "fragile" not in sys.modules


def test_a_module_of_one_file_is_found() -> None:
    assert resolve_source("textwrap").name == "textwrap.py"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "name a folder, a file or an installed package"),
        ("/no/such/folder", "there is no folder or file /no/such/folder; check its spelling"),
        ("no_such_package_x", "there is no folder, file or installed package called"),
        ("json.no_such_part", "there is no folder, file or installed package called"),
        ("what is this", "there is no folder, file or installed package called"),
        ("sys", "there is no folder, file or installed package called sys"),
        ("..no", "there is no folder or file ..no"),
    ],
)
def test_anything_else_is_one_line(text: str, line: str) -> None:
    with pytest.raises(DataError) as caught:
        resolve_source(text)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_names_are_free_and_plain(tmp_path: Path) -> None:
    folder = tmp_path / "my repo (1)"
    folder.mkdir()
    assert suggest_name(folder, []) == "my-repo-1"
    assert suggest_name(folder, ["my-repo-1", "my-repo-1-2"]) == "my-repo-1-3"
    file = tmp_path / "notes.py"
    file.touch()
    assert suggest_name(file, []) == "notes"
    assert suggest_name(Path("/"), []) == "corpus"
