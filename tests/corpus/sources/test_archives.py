"""Archives that nobody vouches for are unpacked whole and safely, or not at all."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import tarfile
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.corpus.sources import archives
from engine.corpus.sources.places import Place, find_places
from engine.errors import CorpusError
from engine.job import run_to_end
from engine.types_corpora import Fetching

ROOT = Path(__file__).parent.parent.parent.parent
FILES = {"project-1.0/a.py": b"a = 1\n", "project-1.0/sub/b.py": b"b = 2\n"}


def make_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def make_tar(path: Path, files: Mapping[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


MAKERS: dict[str, Callable[[Path, Mapping[str, bytes]], Path]] = {
    "zip": make_zip,
    "tar": lambda path, files: make_tar(path, files, "w"),
    "tar.gz": make_tar,
    "tar.bz2": lambda path, files: make_tar(path, files, "w:bz2"),
    "tar.xz": lambda path, files: make_tar(path, files, "w:xz"),
}


def place(archive: Path, cache: Path) -> Place:
    (found,) = run_to_end(find_places((str(archive),), cache, Fetching()))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def left_in(cache: Path) -> list[Path]:
    return [path for path in (cache / "sources").iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("suffix", MAKERS)
def test_every_kind_of_archive_is_unpacked_once(tmp_path: Path, suffix: str) -> None:
    archive = MAKERS[suffix](tmp_path / f"project.{suffix}", FILES)
    found = place(archive, tmp_path / "cache")
    assert Path(found.path).name == "project-1.0"
    assert found.salt == str(archive)
    assert contents(Path(found.path)) == {"a.py": b"a = 1\n", "sub/b.py": b"b = 2\n"}
    before = (Path(found.path) / "a.py").stat().st_mtime_ns
    again = place(archive, tmp_path / "cache")
    assert again == found
    assert (Path(found.path) / "a.py").stat().st_mtime_ns == before
    MAKERS[suffix](archive, {"x.py": b"x = 1\n"})
    changed = place(archive, tmp_path / "cache")
    assert changed.path != found.path
    assert contents(Path(changed.path)) == {"x.py": b"x = 1\n"}


def test_hidden_folders_are_left_out_but_the_ignore_rules_are_kept(tmp_path: Path) -> None:
    files = {".git/config": b"x", "a.py": b"a", ".gitignore": b"b.py", "b/.gitignore": b"c"}
    found = place(make_zip(tmp_path / "a.zip", files), tmp_path / "cache")
    assert contents(Path(found.path)).keys() == {"a.py", ".gitignore", "b/.gitignore"}


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize(
    "name",
    [
        "../out.py",
        "a/../../out.py",
        "/out.py",
        "\\out.py",
        "..\\out.py",
        "C:/out.py",
        "a/..\\..\\x",
    ],
)
def test_a_name_that_leads_out_refuses_the_archive(
    tmp_path: Path, name: str, make: Callable[[Path, Mapping[str, bytes]], Path]
) -> None:
    archive = make(tmp_path / "evil.archive.zip", {"good.py": b"1", name: b"2"})
    with pytest.raises(CorpusError, match="leads out of its folder"):
        place(archive, tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []
    assert not list(tmp_path.rglob("out.py"))


@given(st.text(alphabet="a.\\/:~ \t", min_size=1, max_size=12))
def test_no_name_leads_out(name: str) -> None:
    folder = Path("/somewhere/inside")
    try:
        parts = archives._parts(name, Path("x.zip"))
    except CorpusError:
        return
    assert Path(os.path.normpath(folder.joinpath(*parts))).is_relative_to(folder)
    assert folder.joinpath(*parts) != folder


def test_links_are_told_and_not_made(tmp_path: Path) -> None:
    linked = tmp_path / "links.tar"
    with tarfile.open(linked, "w") as tar:
        for name, kind in (("soft.py", tarfile.SYMTYPE), ("hard.py", tarfile.LNKTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        device = tarfile.TarInfo("device")
        device.type = tarfile.CHRTYPE
        tar.addfile(device)
        info = tarfile.TarInfo("good.py")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"1"))
    found = place(linked, tmp_path / "cache")
    assert contents(Path(found.path)) == {"good.py": b"1"}
    assert [Path(item.path).name for item in found.skipped] == ["soft.py", "hard.py", "device"]
    assert place(linked, tmp_path / "cache").skipped == found.skipped

    zipped = tmp_path / "links.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        link = zipfile.ZipInfo("soft.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.py", "1")
    found = place(zipped, tmp_path / "cache")
    assert contents(Path(found.path)) == {"good.py": b"1"}
    assert "link" in found.skipped[0].reason


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_large_file_is_left_out_and_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path, Mapping[str, bytes]], Path],
) -> None:
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 1_000)
    archive = make(tmp_path / "a.zip", {"big.bin": os.urandom(5_000), "small.py": b"1"})
    found = place(archive, tmp_path / "cache")
    assert contents(Path(found.path)) == {"small.py": b"1"}
    assert [Path(item.path).name for item in found.skipped] == ["big.bin"]


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize(
    ("limits", "files"),
    [
        ({"MAX_BYTES": 10_000}, {"a": os.urandom(6_000), "b": os.urandom(6_000)}),
        ({"MAX_FILES": 3}, {str(number): b"1" for number in range(4)}),
        ({"RATIO_COUNTS_FROM": 100_000}, {"zeros": bytes(1_000_000)}),
    ],
)
def test_bombs_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path, Mapping[str, bytes]], Path],
    limits: dict[str, int],
    files: Mapping[str, bytes],
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(archives, name, value)
    with pytest.raises(CorpusError, match=r"unpacks to more|holds more") as caught:
        place(make(tmp_path / "bomb.zip", files), tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path / "cache") == []


def test_a_size_that_is_a_lie_does_not_help_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "RATIO_COUNTS_FROM", 100_000)
    archive = make_zip(tmp_path / "bomb.zip", {"zeros": bytes(3_000_000)})
    told, really = (3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(told, really))
    with pytest.raises(CorpusError):
        place(archive, tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []


@pytest.mark.parametrize("suffix", MAKERS)
def test_a_truncated_archive_is_one_line(tmp_path: Path, suffix: str) -> None:
    files = {f"{number}.py": os.urandom(3_000) for number in range(20)}
    archive = MAKERS[suffix](tmp_path / f"cut.{suffix}", files)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(CorpusError, match="damaged or incomplete") as caught:
        place(archive, tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path / "cache") == []


@pytest.mark.parametrize("data", [b"", b"not an archive", b"PK\x03\x04", b"\x1f\x8b", b"BZh9"])
def test_what_is_no_archive_is_one_line(tmp_path: Path, data: bytes) -> None:
    archive = tmp_path / "odd.zip"
    archive.write_bytes(data)
    with pytest.raises(CorpusError, match="damaged or incomplete"):
        place(archive, tmp_path / "cache")


def test_an_encrypted_archive_is_told(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "secret.zip", {"a.py": b"1"})
    data = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    archive.write_bytes(data)
    with pytest.raises(CorpusError, match="password"):
        place(archive, tmp_path / "cache")


def test_names_that_are_there_twice_are_told(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "a.tar", {"a": b"1", "a/b.py": b"2", "c.py": b"3"}, "w")
    found = place(archive, tmp_path / "cache")
    assert [item.reason for item in found.skipped] == ["a name that is there twice"]


UNPACK = """
    import sys
    from pathlib import Path
    from engine.corpus.sources.places import find_places
    from engine.types_corpora import Fetching

    for progress in find_places((sys.argv[1],), Path(sys.argv[2]), Fetching()):
        if progress.stage == "unpacking":
            print("reached", flush=True)
            sys.stdin.readline()
"""


def test_unpacking_that_is_killed_leaves_nothing_half_made(tmp_path: Path) -> None:
    files = {f"{number}.py": os.urandom(100_000) for number in range(300)}
    archive, cache = make_tar(tmp_path / "large.tar", files, "w"), tmp_path / "cache"
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(UNPACK), str(archive), str(cache)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reached\n"
        process.kill()
    (half,) = left_in(cache)
    assert ".making-" in half.name
    found = place(archive, cache)
    assert len(contents(Path(found.path))) == 300
    assert len(left_in(cache)) == 1 and not half.exists()


def test_a_closed_job_leaves_nothing(tmp_path: Path) -> None:
    files = {f"{number}.py": os.urandom(100_000) for number in range(300)}
    archive = make_tar(tmp_path / "large.tar", files, "w")
    job = find_places((str(archive),), tmp_path / "cache", Fetching())
    for progress in job:
        if progress.stage == "unpacking":
            break
    job.close()
    assert left_in(tmp_path / "cache") == []
