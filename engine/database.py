"""SQLite files: opened, migrated, checked, and their errors put into words.

The only module that imports sqlite-utils. Everyone else imports `Database` and `Migrations` from
here, opens files with `open_database`, and writes inside `transaction`.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock
from sqlite_utils import Database, Migrations

from engine.errors import DataError, DiskError, StoreError, UserError

__all__ = [
    "DamagedError",
    "Database",
    "Migrations",
    "database_errors",
    "is_sound",
    "open_database",
    "set_aside",
    "transaction",
]

BUSY_SECONDS = 10.0
"""How long a statement waits for another process that is writing."""

PAGES_SET_ASIDE = 200
"""After so many the write-ahead log of what people made is moved over: often and in small parts,
since the write that happens to trigger it waits for the disk."""

_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class DamagedError(StoreError):
    """The file is not a sound SQLite database."""


def open_database(
    path: Path,
    migrations: Migrations,
    what: str,
    *,
    precious: bool = True,
    on_damage: Callable[[str], None] | None = None,
) -> Database:
    """Open or create the SQLite file at `path`, brought to the newest schema.

    `what` names the file in messages ("the store of judgements"). A damaged file is never
    overwritten: it is moved to `<name>.damaged-<time>`, a fresh one takes its place, and
    `on_damage` hears of it in one sentence. `precious` is for data that cannot be made again: the
    whole file is checked when opened, and copied before its schema is changed.

    The connection may be used from any thread, by one thread at a time. Raises `StoreError` if the
    file was written by a newer version, `DiskError` if it cannot be read or written.
    """
    with database_errors(what):
        try:
            return _open(path, migrations, what, precious)
        except (sqlite3.DatabaseError, DamagedError) as error:
            if not isinstance(error, DamagedError) and _primary_code(error) not in _DAMAGED:
                raise
        # Two processes may find the damage at once: the second must not move the fresh file away.
        with FileLock(f"{path}.lock"):
            try:
                return _open(path, migrations, what, precious)
            except (sqlite3.DatabaseError, DamagedError) as error:
                if not isinstance(error, DamagedError) and _primary_code(error) not in _DAMAGED:
                    raise
                kept = set_aside(path)
            if on_damage is not None:
                on_damage(f"{what} was damaged; it is kept as {kept} and a new one was begun")
            return _open(path, migrations, what, precious)


@contextlib.contextmanager
def transaction(db: Database, what: str) -> Iterator[Database]:
    """Write in one transaction, all or nothing; errors become `UserError`s naming `what`.

    It takes the write lock at once (BEGIN IMMEDIATE), so that two processes that both read before
    they write wait for each other instead of failing.
    """
    with database_errors(what):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.conn.execute("COMMIT")
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def database_errors(what: str) -> Iterator[None]:
    """Turn the SQLite and file errors that a user can do something about into `UserError`s."""
    try:
        yield
    except sqlite3.Error as error:
        known = _in_words(error, what)
        if known is None:
            raise
        raise known from error
    except OverflowError as error:  # sqlite3 takes 64 bits
        raise DataError(f"{what} cannot hold so large a number; give a smaller one") from error
    except OSError as error:
        raise DiskError(
            f"{what} cannot be used: {error.strerror or error}; check the disk and its permissions"
        ) from error


def is_sound(db: Database) -> bool:
    """Whether SQLite finds the whole file consistent. Reads all of it."""
    try:
        return [row[0] for row in db.conn.execute("PRAGMA quick_check(1)")] == ["ok"]
    except sqlite3.DatabaseError as error:
        if _primary_code(error) in _DAMAGED:
            return False
        raise


def set_aside(path: Path) -> Path:
    """Move a database file and its journals out of the way; return the file's new place."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{kept}{suffix}")
    return kept


def _open(path: Path, migrations: Migrations, what: str, precious: bool) -> Database:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        db = Database(connection, execute_plugins=False)  # what is installed beside us stays out
        connection.execute("PRAGMA foreign_keys=ON")
        _use_wal(connection)
        # With WAL, NORMAL survives a killed process; FULL survives a power cut as well.
        connection.execute(f"PRAGMA synchronous={'FULL' if precious else 'NORMAL'}")
        if precious:
            connection.execute(f"PRAGMA wal_autocheckpoint={PAGES_SET_ASIDE}")
        if precious and not is_sound(db):
            raise DamagedError(f"{what} is damaged")
        _migrate(db, path, migrations, what, precious)
    except BaseException:
        connection.close()
        raise
    return db


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite does not wait for a rival doing the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if _primary_code(error) not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(db: Database, path: Path, migrations: Migrations, what: str, precious: bool) -> None:
    with Database(memory=True, execute_plugins=False) as empty:
        known = {migration.name for migration in migrations.pending(empty)}
    applied = {migration.name for migration in migrations.applied(db)}
    if applied - known:
        raise StoreError(
            f"{what} was written by a newer version of Counterpart; update Counterpart"
        )
    if applied == known:
        return
    if precious and applied:
        _back_up(db, path, sorted(known - applied)[0])
    with transaction(db, what):  # one process migrates, a rival finds the work done
        migrations.apply(db)


def _back_up(db: Database, path: Path, before: str) -> None:
    copy = sqlite3.connect(path.with_name(f"{path.name}.before-{before}"))
    try:
        db.conn.backup(copy)
    finally:
        copy.close()


def _primary_code(error: sqlite3.Error) -> int:
    """The error's primary result code (the low byte of the extended one); 0 if it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _in_words(error: sqlite3.Error, what: str) -> UserError | None:
    code = _primary_code(error)
    if code == sqlite3.SQLITE_FULL:
        return DiskError(f"{what} cannot be written: the disk is full; make room and try again")
    if code in _DISK:
        return DiskError(f"{what} cannot be used ({error}); check the disk and its permissions")
    if code in _BUSY:
        return StoreError(f"{what} is in use by another Counterpart; try again in a moment")
    if code in _DAMAGED or "decode to UTF-8" in str(error):
        return DamagedError(f"{what} is damaged; run counterpart doctor")
    return None
