"""The SQLite file that holds a corpus: what indexing writes into it.

Everything is written in small transactions, so the file is sound whenever the process is killed.
New versions of files are staged beside the live ones and become live together, in `publish`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.corpus.process import FileColumns, FileResult
from engine.corpus.schema import CHUNK_BITS, CORPUS_SCHEMA, LIVE, RETIRED, STAGED
from engine.corpus.table import Interner
from engine.database import (
    BUSY_SECONDS,
    DamagedError,
    Database,
    database_errors,
    is_sound,
    open_database,
    set_aside,
    transaction,
)
from engine.errors import CorpusError
from engine.types_corpora import SkippedFile

INDEX_NAME = "index.sqlite"
DAMAGE_MARK = "index.is-damaged"

FileKey = tuple[str, str]
"""Root and path."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was when it was processed last."""

    id: int
    state: int
    size: int
    mtime_ns: int
    seen_ns: int
    digest: bytes
    recipe: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that was processed and had changed."""

    key: FileKey
    is_new: bool
    digest: bytes


class IndexFile:
    """The open index of the corpus `name`."""

    def __init__(self, folder: Path, name: str, on_damage: Callable[[str], None]) -> None:
        self.path = folder / INDEX_NAME
        self.name = name
        self.what = f"the index of {name}"
        self._mark = folder / DAMAGE_MARK
        self.db: Database = open_database(
            self.path, CORPUS_SCHEMA, self.what, precious=False, on_damage=on_damage
        )

        self._identity = _identity_of(self.path)

    @property
    def is_there(self) -> bool:
        """Whether the open file is still the one of that name: not removed, nor made anew."""
        return _identity_of(self.path) == self._identity

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query. Raises `CorpusError` if the file is damaged, or `DiskError`."""
        with self._errors():
            return list(self.db.conn.execute(sql, parameters))

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction. Raises `CorpusError` if the file is damaged, or `DiskError`."""
        with self._errors(), transaction(self.db, self.what):
            yield self.db.conn

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the file, whatever others write meanwhile."""
        with self._errors():
            self.db.conn.execute("BEGIN")
            try:
                yield self.db.conn
            finally:
                if self.db.conn.in_transaction:
                    self.db.conn.execute("ROLLBACK")

    def compact(self) -> None:
        """Give the disk back what was deleted, if nobody else is reading; else it is used again."""
        try:
            self.db.conn.execute("PRAGMA busy_timeout = 0")
            self.db.conn.execute("VACUUM")
            self.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass  # in use, or no room for the copy that this takes
        finally:
            self.db.conn.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with database_errors(self.what):
                yield
        except DamagedError as error:
            raise self.damaged() from error

    def damaged(self) -> CorpusError:
        """The error to raise when the file does not hold what it should; remembered on disk."""
        with contextlib.suppress(OSError):
            self._mark.touch()
        return CorpusError(f"{self.what} is damaged; index {self.name} again")

    def is_sound(self) -> bool:
        """Whether no damage was found so far, and SQLite finds none now. Reads the whole file."""
        if self._mark.exists():
            return False
        with self._errors():
            return is_sound(self.db)

    def set_aside(self) -> Path:
        """Close the file and move it out of the way; return where it is kept."""
        self.close()
        kept = set_aside(self.path)
        self._mark.unlink(missing_ok=True)
        return kept

    # What is known about the whole

    def meta(self, key: str, default: Any) -> Any:
        """A value that was kept under a key."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", [key])
        return json.loads(found[0][0]) if found else default

    def set_meta(self, values: Mapping[str, Any]) -> None:
        """Keep some values (JSON)."""
        with self.writing():
            self._write_meta(values)

    def _write_meta(self, values: Mapping[str, Any]) -> None:
        self.db.conn.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in values.items()],
        )

    # Staging

    def known_files(self) -> tuple[dict[FileKey, KnownFile], dict[FileKey, KnownFile]]:
        """The live and the staged files by root and path."""
        known: dict[int, dict[FileKey, KnownFile]] = {LIVE: {}, STAGED: {}}
        for file, state, root, path, *rest in self.rows(
            "SELECT id, state, root, path, size, mtime_ns, seen_ns, digest, recipe FROM files"
            " WHERE state IN (?, ?)",
            [LIVE, STAGED],
        ):
            known[state][root, path] = KnownFile(file, state, *rest)
        return known[LIVE], known[STAGED]

    def known_at(self, touched: Iterable[FileKey]) -> dict[FileKey, KnownFile]:
        """The live files at some paths and below them, by root and path."""
        known: dict[FileKey, KnownFile] = {}
        for root, path in touched:
            for file, state, found, *rest in self.rows(
                "SELECT id, state, path, size, mtime_ns, seen_ns, digest, recipe FROM files"
                " WHERE (path = ? OR (path > ? AND path < ?)) AND root = ? AND state = ?",
                [path, f"{path}/", f"{path}0", root, LIVE],  # 0 is what comes after a slash
            ):
                known[root, found] = KnownFile(file, state, *rest)
        return known

    def vocabulary(self) -> Interner:
        """All words, at their numbers."""
        return Interner(read_words(self))

    def stage(
        self,
        results: Iterable[tuple[FileKey, KnownFile | None, FileResult]],
        numbers: NDArray[np.int32],
        new_words: tuple[int, Sequence[str]],
        recipe: str,
    ) -> list[Staged]:
        """Keep the results for some files, in one transaction. Returns those that had changed.

        Each comes with its last version if there is one. `numbers` translates their tokens into
        numbers of the corpus's vocabulary; `new_words` are added to that, from the number given.
        """
        changed: list[Staged] = []
        first_word, words = new_words
        with self.writing() as connection:
            if words:
                connection.execute(
                    "INSERT INTO words VALUES (?, ?)", [first_word, "\n".join(words)]
                )
            for key, known, result in results:
                if known is not None and result.columns is None and result.digest == known.digest:
                    connection.execute(
                        "UPDATE files SET size = ?, mtime_ns = ?, seen_ns = ? WHERE id = ?",
                        [result.size, result.mtime_ns, result.seen_ns, known.id],
                    )
                    continue
                if known is not None and known.state == STAGED:
                    self._delete(known.id)
                self._insert(key, result, numbers, recipe)
                changed.append(Staged(key, known is None, result.digest))
        return changed

    def _insert(
        self, key: FileKey, result: FileResult, numbers: NDArray[np.int32], recipe: str
    ) -> None:
        cursor = self.db.conn.execute(
            "INSERT INTO files (state, root, path, size, mtime_ns, seen_ns, digest, recipe,"
            " problem, language, chunks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                STAGED,
                *key,
                result.size,
                result.mtime_ns,
                result.seen_ns,
                result.digest,
                recipe,
                result.problem,
                result.language,
                len(result.chunks),
            ],
        )
        file = cursor.lastrowid or 0
        if result.columns is not None and result.chunks:
            self._insert_columns(file, result.columns, numbers)
        first = file << CHUNK_BITS
        self.db.conn.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((first + place, *row) for place, row in enumerate(result.chunks)),
        )

    def _insert_columns(self, file: int, columns: FileColumns, numbers: NDArray[np.int32]) -> None:
        tokens = numbers[np.frombuffer(columns.tokens, dtype=np.int32)]
        self.db.conn.execute(
            "INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                file,
                columns.ids,
                columns.counts,
                tokens.astype(np.int32).tobytes(),
                columns.text_keys,
                columns.vector_keys,
                columns.frameworks,
            ],
        )

    # Publishing

    def publish(self, removed: Iterable[int], values: Mapping[str, Any]) -> None:
        """Make the staged files live and retire those they replace and those removed.

        All at once, as the next generation; `values` are kept with it.
        """
        with self.writing() as connection:
            connection.executemany(
                f"UPDATE files SET state = {RETIRED} WHERE id = ?", [(file,) for file in removed]
            )
            connection.execute(
                f"UPDATE files SET state = {RETIRED} WHERE state = {LIVE} AND (root, path) IN"
                f" (SELECT root, path FROM files WHERE state = {STAGED})"
            )
            connection.execute(f"UPDATE files SET state = {LIVE} WHERE state = {STAGED}")
            self._write_meta({**values, "generation": self.generation + 1})

    def staged_count(self) -> int:
        """How many files wait for publication."""
        count: int = self.rows("SELECT count(*) FROM files WHERE state = ?", [STAGED])[0][0]
        return count

    def live_count(self) -> int:
        """How many files the present generation has."""
        count: int = self.rows("SELECT count(*) FROM files WHERE state = ?", [LIVE])[0][0]
        return count

    def roots(self) -> set[str]:
        """The folders that the live files are in."""
        return {
            row[0] for row in self.rows("SELECT DISTINCT root FROM files WHERE state = ?", [LIVE])
        }

    def problems(self) -> list[SkippedFile]:
        """The live files that could not be read or made sense of."""
        return [
            SkippedFile(f"{root}/{path}", problem)
            for root, path, problem in self.rows(
                "SELECT root, path, problem FROM files WHERE state = ? AND problem != ''"
                " ORDER BY path, root",
                [LIVE],
            )
        ]

    @property
    def generation(self) -> int:
        """The number of the last publication, 0 before the first."""
        return int(self.meta("generation", 0))

    # Sweeping

    def retired(self) -> list[int]:
        """The files that no generation needs any more, but the one before the present one."""
        return [row[0] for row in self.rows("SELECT id FROM files WHERE state = ?", [RETIRED])]

    def delete(self, files: Sequence[int]) -> None:
        """Delete files with everything they have, in one transaction."""
        with self.writing():
            for file in files:
                self._delete(file)

    def _delete(self, file: int) -> None:
        first = file << CHUNK_BITS
        last = first + (1 << CHUNK_BITS) - 1
        self.db.conn.execute("DELETE FROM chunks WHERE key BETWEEN ? AND ?", [first, last])
        self.db.conn.execute("DELETE FROM files WHERE id = ?", [file])


def read_words(index: IndexFile) -> list[str]:
    """The vocabulary in the order of its numbers."""
    runs = index.rows("SELECT words FROM words ORDER BY first")
    return [word for run in runs for word in run[0].split("\n")]


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
