"""What a user may name as a source."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.corpus.sources.naming import kind_of, parse_source
from engine.corpus.sources.packages import find_package
from engine.errors import DataError
from engine.types_corpora import SourceKind
from tests.corpus.sources.repositories import git, needs_git


def test_a_folder_and_a_file_are_themselves(tmp_path: Path) -> None:
    file = tmp_path / "my file (1).py"
    file.touch()
    for text in (str(tmp_path), f"{tmp_path}/x/..", tmp_path.as_uri()):
        (tmp_path / "x").mkdir(exist_ok=True)
        source = parse_source(text)
        assert (source.text, source.kind) == (str(tmp_path), SourceKind.FOLDER)
        assert not source.remote
    source = parse_source(f"  '{file}' ")
    assert (source.text, source.kind, source.name) == (str(file), SourceKind.FILE, "my-file-1")


def test_a_path_that_exists_comes_before_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_source("textwrap").text == "package:textwrap"
    (tmp_path / "textwrap").mkdir()
    assert parse_source("textwrap").text == str(tmp_path / "textwrap")
    assert parse_source("package:textwrap").kind is SourceKind.PACKAGE


def test_the_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert parse_source("~").text == str(tmp_path)


@pytest.mark.parametrize("suffix", ["zip", "tar.gz", "TGZ", "whl", "tar.xz"])
def test_archives_are_told_by_their_names(tmp_path: Path, suffix: str) -> None:
    archive = tmp_path / f"project-1.0.{suffix}"
    archive.touch()
    source = parse_source(str(archive))
    assert (source.kind, source.name) == (SourceKind.ARCHIVE, "project-1.0")
    assert kind_of(source.text) is SourceKind.ARCHIVE
    archive.unlink()
    archive.mkdir()
    assert parse_source(str(archive)).kind is SourceKind.FOLDER


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/someone/some-project", "some-project"),
        ("https://github.com/someone/some-project.git/", "some-project"),
        ("https://github.com/someone/some-project#v1.0", "some-project"),
        ("git@github.com:someone/some-project.git", "some-project"),
        ("ssh://git@host.example/some-project.git#release/2", "some-project"),
    ],
)
def test_git_urls_need_the_network(url: str, name: str) -> None:
    source = parse_source(url)
    assert (source.text, source.kind, source.name) == (url, SourceKind.GIT, name)
    assert source.remote
    assert kind_of(url) is SourceKind.GIT


@needs_git
def test_a_bare_repository_is_cloned_and_a_checkout_is_a_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "store.git")
    git(tmp_path, "init", "--quiet", "checkout")
    bare = parse_source(str(tmp_path / "store.git"))
    assert (bare.kind, bare.text) == (SourceKind.GIT, (tmp_path / "store.git").as_uri())
    assert (bare.name, bare.remote) == ("store", False)
    assert parse_source((tmp_path / "checkout").as_uri()).kind is SourceKind.FOLDER
    assert parse_source(f"git+file://{tmp_path}/checkout").kind is SourceKind.GIT


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "name a folder, a file, an archive, an installed package or a git URL"),
        ("/no/such/folder", "there is no folder or file /no/such/folder; check its spelling"),
        ("no_such_package_x", "there is no folder, file or installed package called"),
        ("json.no_such_part", "there is no folder, file or installed package called"),
        ("what is this", "there is no folder, file or installed package called"),
        ("package:no_such", "there is no installed Python package called no_such"),
        ("sys", "there is no folder, file or installed package called sys"),
        ("..no", "there is no folder or file ..no"),
        ("http://host.example/x", "http URLs are not cloned"),
        ("ext::sh -c touch% /tmp/pwned", "there is no folder or file"),
        ("ext://sh", "ext URLs are not cloned"),
        ("https://user:secret@host.example/x", "leave the password out of the URL"),
        ("https://host.example/x#--upload-pack=touch", "--upload-pack=touch cannot be a branch"),
    ],
)
def test_anything_else_is_one_line(text: str, line: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_source(text)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def make_package(site: Path, name: str) -> Path:
    package = site / name
    (package / "sub").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    (package / "part.py").touch()
    return package


def test_a_package_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = make_package(tmp_path, "fragile")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_package("fragile") == (package,)
    assert find_package("fragile.sub") == (package / "sub",)
    assert find_package("fragile.part") == (package / "part.py",)
    assert parse_source("fragile").text == "package:fragile"
    assert "fragile" not in sys.modules


def test_a_module_of_one_file_is_found() -> None:
    assert [path.name for path in find_package("textwrap")] == ["textwrap.py"]


def test_a_package_is_found_by_the_name_it_is_distributed_under() -> None:
    (found,) = find_package("pytest-qt")
    assert found.name == "pytestqt"


def test_all_folders_of_a_namespace_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("left", "right"):
        (tmp_path / side / "shared_space").mkdir(parents=True)
        monkeypatch.syspath_prepend(str(tmp_path / side))
    assert set(find_package("shared_space")) == {
        tmp_path / "left" / "shared_space",
        tmp_path / "right" / "shared_space",
    }


def test_another_environment_is_searched_and_not_run(tmp_path: Path) -> None:
    site = tmp_path / "env" / "lib" / "python3.99" / "site-packages"
    package = make_package(site, "only_there")
    info = site / "only_there_dist-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: only-there-dist\nVersion: 1.0\n")
    (info / "RECORD").write_text("only_there/__init__.py,,\nonly_there/part.py,,\n")
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir()
    python.write_text("exit 1\n")
    for place in (python, tmp_path / "env", site):
        assert find_package("only_there", place) == (package,)
        assert find_package("only-there-dist", place) == (package,)
    assert parse_source(f"package:only_there@{python}").text == f"package:only_there@{python}"
    with pytest.raises(DataError, match="no installed Python package called pytest in"):
        find_package("pytest", python)
    with pytest.raises(DataError, match="is no Python environment"):
        find_package("pytest", tmp_path)
    with pytest.raises(DataError, match="there is no"):
        find_package("pytest", tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["~nobody-of-that-name/x", "x" * 5000, "https://[bad/x"])
def test_what_cannot_be_a_place_is_one_line(text: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_source(text)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


def test_a_package_has_a_name() -> None:
    with pytest.raises(DataError, match="name an installed package"):
        parse_source("package:")
