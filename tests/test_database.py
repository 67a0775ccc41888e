"""SQLite files survive what happens to them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.database import (
    DamagedError,
    Database,
    Migrations,
    database_errors,
    open_database,
    transaction,
)
from engine.errors import DiskError, StoreError


def notes_schema() -> Migrations:
    migrations = Migrations("notes")

    @migrations()
    def m001_notes(db: Database) -> None:
        db["notes"].create({"id": int, "text": str}, pk="id")

    return migrations


def newer_schema() -> Migrations:
    migrations = notes_schema()

    @migrations()
    def m002_author(db: Database) -> None:
        db["notes"].add_column("author", str)

    return migrations


def add(db: Database, text: str) -> None:
    with transaction(db, "the notes"):
        db["notes"].insert({"text": text})


def texts(db: Database) -> list[str]:
    return [row["text"] for row in db["notes"].rows]


def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "notes.sqlite"
    with open_database(path, notes_schema(), "the notes") as db:
        add(db, "first")
        assert db.journal_mode == "wal"
    with open_database(path, notes_schema(), "the notes") as db:
        assert texts(db) == ["first"]


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    with open_database(tmp_path / "notes.sqlite", notes_schema(), "the notes") as db:
        with pytest.raises(RuntimeError), transaction(db, "the notes"):
            db["notes"].insert({"text": "half"})
            raise RuntimeError("interrupted")
        assert texts(db) == []
        add(db, "whole")
        assert texts(db) == ["whole"]


@pytest.mark.parametrize("damage", [b"this is not a database at all\n" * 400, None])
def test_a_damaged_file_is_kept_aside_and_a_fresh_one_made(
    tmp_path: Path, damage: bytes | None
) -> None:
    path = tmp_path / "notes.sqlite"
    with open_database(path, notes_schema(), "the notes") as db:
        for number in range(2000):
            add(db, f"note {number} " * 5)
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    broken = damage or bytes(content[:4096] + b"\xa5" * (len(content) - 8192) + content[-4096:])
    path.write_bytes(broken)

    said: list[str] = []
    with open_database(path, notes_schema(), "the notes", on_damage=said.append) as db:
        assert texts(db) == []
        add(db, "new")
    kept = [file for file in tmp_path.iterdir() if ".damaged-" in file.name]
    assert [file.read_bytes() for file in kept] == [broken]
    assert len(said) == 1
    assert str(kept[0]) in said[0]
    with open_database(path, notes_schema(), "the notes", on_damage=said.append) as db:
        assert texts(db) == ["new"]
    assert len(said) == 1


def test_damage_found_while_reading_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    with open_database(path, notes_schema(), "the notes", precious=False) as db:
        for number in range(2000):
            add(db, f"note {number} " * 5)
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + b"\xa5" * half)
    with (
        open_database(path, notes_schema(), "the notes", precious=False) as db,
        pytest.raises(DamagedError, match="the notes is damaged"),
        database_errors("the notes"),
    ):
        texts(db)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    open_database(path, newer_schema(), "the notes").close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        open_database(path, notes_schema(), "the notes")
    assert path.read_bytes() == before


def test_a_precious_file_is_copied_before_its_schema_changes(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    with open_database(path, notes_schema(), "the notes") as db:
        add(db, "old")
    with open_database(path, newer_schema(), "the notes") as db:
        assert [dict(row) for row in db["notes"].rows] == [{"id": 1, "text": "old", "author": None}]
    with open_database(
        tmp_path / "notes.sqlite.before-m002_author", notes_schema(), "the copy"
    ) as copy:
        assert texts(copy) == ["old"]


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    with open_database(tmp_path / "notes.sqlite", notes_schema(), "the notes") as db:
        add(db, "fits")
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
        db.conn.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(DiskError, match="the notes cannot be written: the disk is full"):
            add(db, "does not fit " * 10_000)
        assert texts(db) == ["fits"]


def test_a_place_that_cannot_be_written_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskError, match="the notes cannot be used"):
        open_database(tmp_path / "file" / "notes.sqlite", notes_schema(), "the notes")


def test_a_rival_that_holds_the_file_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    with open_database(path, notes_schema(), "the notes") as db:
        rival = sqlite3.connect(path)
        rival.execute("BEGIN IMMEDIATE")
        db.conn.execute("PRAGMA busy_timeout=50")
        with pytest.raises(StoreError, match="in use by another Counterpart"):
            add(db, "waits")
        rival.rollback()
        rival.close()
        add(db, "goes on")
        assert texts(db) == ["goes on"]


def test_many_processes_open_and_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    script = (
        "import sys; from pathlib import Path\n"
        "from engine.database import open_database\n"
        "from tests.test_database import add, notes_schema\n"
        "db = open_database(Path(sys.argv[1]), notes_schema(), 'the notes')\n"
        "for number in range(20): add(db, f'{sys.argv[2]} {number}')\n"
        "db.close()\n"
    )
    root = Path(__file__).parent.parent
    rivals = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path), str(number)],
            cwd=root,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [rival.communicate()[1] for rival in rivals] == [""] * 4
    with open_database(path, notes_schema(), "the notes") as db:
        assert sorted(texts(db)) == sorted(f"{a} {b}" for a in range(4) for b in range(20))
