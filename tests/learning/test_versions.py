"""Versions: kept, activated, taken along; archives that are not what they should be."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.engine import Engine
from engine.errors import DataError, DiskError, ModelError
from engine.learning.finetune_plan import PLAN
from engine.learning.versions import RECORD, Versions
from engine.models.shelf import ModelShelf
from engine.paths import Paths
from engine.settings import Settings
from engine.types import Query
from engine.types_training import Comparison, QueryChange, TrainingSpec, Version
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder, words_of

COMPARISON = Comparison("held-out", "nDCG@10", 30, 0.5, 0.6, 0.02, 0.2, 0.01, 9, 3, "better")


def model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}", "utf-8")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text("{}", "utf-8")
    return folder


def version(name: str = "one", stages: tuple[str, ...] = ("cross-encoder",)) -> Version:
    change = QueryChange(Query("q", "c"), 0.2, 0.7)
    return Version(
        name,
        datetime(2026, 5, 1, tzinfo=UTC),
        stages,
        {},
        {"cross-encoder": "bundled"},
        *(100, 20, (COMPARISON,), (change,)),
        settings={"steps": 5},
    )


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    found = Versions(tmp_path / "versions")
    found.add(version(), {"cross-encoder": model(tmp_path / "model")})
    return found


def test_what_made_a_version_is_kept_with_it(versions: Versions) -> None:
    (kept,) = versions.all({})
    assert (kept.comparisons, kept.changes) == ((COMPARISON,), version().changes)
    assert (kept.judgements, kept.queries, kept.settings) == (100, 20, {"steps": 5})
    assert kept.active == ()
    (used,) = versions.all({"cross-encoder": kept.folders["cross-encoder"]})
    assert used.active == ("cross-encoder",)


def test_a_name_is_taken_once(versions: Versions, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is a version one already"):
        versions.add(version(), {"cross-encoder": model(tmp_path / "other")})


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "dot.", "x" * 90])
def test_names_that_would_lead_elsewhere(versions: Versions, name: str) -> None:
    with pytest.raises(DataError, match="no name for a version"):
        versions.folder(name)


def test_one_in_use_stays(versions: Versions) -> None:
    folder = versions.get("one", {}).folders["cross-encoder"]
    with pytest.raises(ModelError, match="in use"):
        versions.remove("one", {"cross-encoder": folder})
    versions.remove("one", {})
    assert versions.all({}) == []
    with pytest.raises(ModelError, match="known are: none yet"):
        versions.get("one", {})


def test_a_version_travels(versions: Versions, tmp_path: Path) -> None:
    archive = versions.export("one", tmp_path / "one.zip")
    elsewhere = Versions(tmp_path / "elsewhere")
    loaded = elsewhere.load(archive)
    original = versions.get("one", {})
    assert loaded.comparisons == original.comparisons
    assert Path(loaded.folders["cross-encoder"], "model.safetensors").read_bytes() == b"weights"
    assert Path(loaded.folders["cross-encoder"], "1_Pooling", "config.json").is_file()
    with pytest.raises(DataError, match="already"):
        elsewhere.load(archive)
    assert elsewhere.load(archive, "again").name == "again"


@pytest.mark.parametrize(
    "member",
    [
        "../evil.json",
        "/etc/evil.json",
        "cross-encoder/../../evil.json",
        "cross-encoder/run.py",
        "cross-encoder/model.pkl",
        "other/model.safetensors",
        "cross-encoder\\..\\evil.json",
    ],
)
def test_an_archive_holds_nothing_but_a_version(
    versions: Versions, tmp_path: Path, member: str
) -> None:
    archive = versions.export("one", tmp_path / "one.zip")
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(member, "x")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataError, match="which no version does"):
        Versions(tmp_path / "elsewhere").load(archive)
    assert [p for p in sorted(tmp_path.rglob("*")) if p not in before] in (
        [],
        [tmp_path / "elsewhere"],
    )


def test_cut_off_and_foreign_archives_are_one_line(versions: Versions, tmp_path: Path) -> None:
    archive = versions.export("one", tmp_path / "one.zip")
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(DataError, match="no whole zip archive"):
        versions.load(archive)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as opened:
        opened.writestr(RECORD, "{}")
    with pytest.raises(DataError, match="damaged"):
        versions.load(tmp_path / "empty.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as opened:
        opened.writestr("encoder/config.json", "{}")
    with pytest.raises(DataError, match="holds no version"):
        versions.load(tmp_path / "other.zip")


def packed_again(
    archive: Path,
    how: int = zipfile.ZIP_STORED,
    change: Callable[[Any], Any] = lambda record: record,
) -> Path:
    """The same archive as another program packs it, with another record."""
    again = archive.with_name("again.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(again, "w", how) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == RECORD:
                content = json.dumps(change(json.loads(content))).encode()
            new.writestr(name, content)
    return again


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_of_any_packing_is_one_line(
    versions: Versions, tmp_path: Path, how: int
) -> None:
    again = packed_again(versions.export("one", tmp_path / "one.zip"), how)
    with zipfile.ZipFile(again) as opened:
        begin = opened.getinfo(RECORD).header_offset + 30 + len(RECORD)
    content = bytearray(again.read_bytes())
    content[begin : begin + 20] = bytes(byte ^ 0xFF for byte in content[begin : begin + 20])
    again.write_bytes(content)
    with pytest.raises(DataError, match="no whole zip archive"):
        Versions(tmp_path / "elsewhere").load(again)


@pytest.mark.parametrize(
    ("flags", "method", "words"),
    [
        (1, 0, "needs a password"),
        (0, 97, "no whole zip archive"),  # a packing that nobody knows
    ],
)
def test_an_archive_that_cannot_be_unpacked_is_one_line(
    versions: Versions, tmp_path: Path, flags: int, method: int, words: str
) -> None:
    again = packed_again(versions.export("one", tmp_path / "one.zip"))
    content = again.read_bytes()
    for header, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        first, *parts = content.split(header)
        changed = bytes([flags, 0, method, 0])
        parts = [part[: place - 4] + changed + part[place:] for part in parts]
        content = header.join([first, *parts])
    again.write_bytes(content)
    with pytest.raises(DataError, match=words):
        Versions(tmp_path / "elsewhere").load(again)


@pytest.mark.parametrize(
    "changed",
    [
        {"created": "2026-05-01T00:00:00"},  # without a zone it could not be sorted
        {"judgements": float("inf")},
        {"queries": "many"},
        {"parents": ["bundled"]},
        {"settings": 5},
        {"comparisons": [{**asdict(COMPARISON), "before": "x"}]},
        {"comparisons": [{**asdict(COMPARISON), "queries": None}]},
        {"changes": [{"query": {"text": "q", "corpus": "c"}, "before": 10**400, "after": 1}]},
    ],
)
def test_a_record_with_a_wrong_value_is_not_taken(
    versions: Versions, tmp_path: Path, changed: dict[str, Any]
) -> None:
    archive = versions.export("one", tmp_path / "one.zip")
    again = packed_again(archive, change=lambda record: {**record, **changed})
    elsewhere = Versions(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="damaged"):
        elsewhere.load(again)
    assert elsewhere.all({}) == []


def test_a_version_on_another_disk_is_not_removed_through_its_link(
    versions: Versions, tmp_path: Path
) -> None:
    versions.folder("one").rename(tmp_path / "other disk")
    versions.folder("one").symlink_to(tmp_path / "other disk")
    with pytest.raises(DiskError, match="cannot delete"):
        versions.remove("one", {})
    assert (tmp_path / "other disk" / RECORD).is_file()


def test_a_damaged_version_says_so_and_the_others_stay(versions: Versions) -> None:
    broken = versions.folder("broken")
    broken.mkdir()
    (broken / RECORD).write_text(json.dumps({"name": "broken"}), "utf-8")
    found = {one.name: one.problem for one in versions.all({})}
    assert found["one"] == ""
    assert "damaged" in found["broken"]
    with pytest.raises(ModelError, match="damaged"):
        versions.get("broken", {})


def test_the_command_says_what_it_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    folder = home / "versions"
    Versions(folder).add(version(), {"cross-encoder": model(tmp_path / "model")})
    assert main(["models", "remove", "one", "--basedir", str(home)]) == 0
    assert capsys.readouterr().err == "removed the trained version one\n"
    assert Versions(folder).all({}) == []


def test_what_another_process_has_chosen_is_not_removed(tmp_path: Path) -> None:
    here, there = (Engine(Paths.default(tmp_path / "home")) for _ in range(2))
    found = Versions(here.paths.base / "versions")
    kept = found.add(version(), {"cross-encoder": model(tmp_path / "model")})
    shelf = ModelShelf(here.paths.models)
    shelf.folder("a/b").mkdir(parents=True)
    assert [one.active for one in here.versions()] == [()]
    there.set_setting("cross-encoder", kept.folders["cross-encoder"])
    there.set_setting("encoder", "a/b")
    with pytest.raises(ModelError, match="one is in use"):
        here.remove_version("one")
    with pytest.raises(ModelError, match="a/b is in use as the encoder"):
        here.remove_model("a/b")
    there.set_setting("cross-encoder", None)
    there.set_setting("encoder", None)
    here.remove_version("one")
    here.remove_model("a/b")
    assert not shelf.folder("a/b").exists()


def test_what_is_left_of_a_finished_training_is_not_called_unfinished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    Versions(home / "versions").add(version(), {"cross-encoder": model(tmp_path / "model")})
    for name in ("one", "two"):
        (home / "training" / name).mkdir(parents=True)
        (home / "training" / name / PLAN).write_text("{}", "utf-8")
    assert main(["models", "versions", "--json", "--basedir", str(home)]) == 0
    assert json.loads(capsys.readouterr().out)["unfinished"] == ["two"]


def test_there_is_a_way_back_from_half_of_a_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    encoder = make_encoder_folder(tmp_path / "encoder", words_of("read the file"))
    Versions(home / "versions").add(
        version("half", ("encoder", "cross-encoder")),
        {"encoder": encoder, "cross-encoder": model(tmp_path / "no weights")},
    )
    assert main(["models", "activate", "half", "--basedir", str(home)]) == 1
    settings = Settings(Paths.default(home).settings)
    assert str(settings.get("encoder")).endswith("encoder")
    assert main(["models", "activate", "former", "--basedir", str(home)]) == 0
    assert Settings(Paths.default(home).settings).get("encoder") is None


def test_a_former_version_that_was_removed_is_no_way_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = words_of("read the file")
    home = ("--basedir", str(tmp_path / "home"))
    found = Versions(tmp_path / "home" / "versions")
    for name in ("mine", "two"):
        folder = make_cross_encoder_folder(tmp_path / name, words)
        found.add(version(name), {"cross-encoder": folder})
        assert main(["models", "activate", name, *home]) == 0
    assert main(["models", "remove", "mine", *home]) == 0
    capsys.readouterr()
    assert main(["models", "activate", "former", *home]) == 1
    assert "was removed; activate bundled" in capsys.readouterr().err.splitlines()[-1]


def test_an_archive_that_cannot_be_written_is_one_line(versions: Versions, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    for place in (tmp_path / "file" / "out.zip", tmp_path / ("x" * 300)):
        with pytest.raises(DiskError, match="cannot write"):
            versions.export("one", place)
    with pytest.raises(DataError, match="is no file"):
        versions.export("one", Path())


def test_a_damaged_version_can_be_removed(versions: Versions) -> None:
    folder = versions.folder("one")
    (folder / RECORD).write_text("{", "utf-8")
    in_use = {"cross-encoder": str(folder / "cross-encoder")}
    with pytest.raises(ModelError, match="in use"):
        versions.remove("one", in_use)
    versions.remove("one", {"cross-encoder": "bundled"})
    assert not folder.exists()
    with pytest.raises(ModelError, match="no version one"):
        versions.remove("one", {})


def test_a_full_disk_is_not_blamed_on_the_archive(versions: Versions, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    archive = versions.export("one", tmp_path / "one.zip")
    other = Versions(tmp_path / "elsewhere")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, limits[1]))
    try:
        with pytest.raises(DiskError, match=f"cannot write to {re.escape(str(tmp_path))}"):
            other.load(archive)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert other.all({}) == []


@pytest.mark.parametrize("name", ["a/b", "bundled"])
def test_an_unfit_name_is_said_before_anything_is_loaded(tmp_path: Path, name: str) -> None:
    with closing(Engine(Paths(tmp_path))) as engine:
        job = engine.train_from_judgements(TrainingSpec(name=name))
        with pytest.raises(DataError, match="name"):
            next(job)


@pytest.mark.parametrize("name", ["bundled", "former"])
def test_names_that_mean_something_else(versions: Versions, name: str) -> None:
    with pytest.raises(DataError, match="not a version's own name"):
        versions.folder(name)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="a device of Unix")
def test_a_device_takes_no_archive(versions: Versions) -> None:
    with pytest.raises(DataError, match="takes no archive"):
        versions.export("one", Path("/dev/null"))
    assert Path("/dev/null").is_char_device()
