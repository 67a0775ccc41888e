"""Everything in a store as JSON lines: judgements with their history, and queues with their pools.

What one exports and another imports is merged: nothing is lost and nothing doubled, however often
and in whichever direction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.database import Database, database_errors, transaction
from engine.errors import DataError
from engine.job import Job
from engine.judgements.exchange import query_ids, queue_lines, rows
from engine.judgements.exchange.files import open_new
from engine.judgements.exchange.unnamed import Unnamed
from engine.judgements.records import clean
from engine.judgements.store import WHAT
from engine.types import Progress
from engine.types_judging import Exported, Merged

FORMAT = "counterpart-judgements"
VERSION = 1
BATCH = 200


def export(
    db: Database,
    path: Path,
    corpus: str | None = None,
    judges: tuple[str, ...] = (),
    *,
    queues: bool = True,
) -> Job[Exported]:
    """Write the file; it takes its name when it is complete. Raises `DiskError`."""
    counts: Counter[str] = Counter()
    queries: set[tuple[str, str]] = set()
    documents: set[str] = set()
    with database_errors(WHAT), open_new(path) as file:
        _write(file, {"kind": FORMAT, "version": VERSION})
        names = query_ids.QueryIds(db)
        for row in rows.rows_of(db, corpus, judges):
            record = rows.record_of(row) | rows.history_of(db, row["id"])
            if name := names.given(row["corpus"], row["query_key"]):
                record[query_ids.FIELD] = name
            _write(file, {"kind": "judgement", **record})
            counts["judgements"] += 1
            queries.add((row["corpus"], row["query_key"]))
            documents.add(row["chunk_key"])
            if counts["judgements"] % BATCH == 0:
                yield Progress("exporting", counts["judgements"], None)
        if queues:
            for line in queue_lines.lines_of(db, corpus):
                _write(file, line)
                counts["queues"] += line["kind"] == "queue"
    notes = (f"queues with it: {counts['queues']}",) if counts["queues"] else ()
    return Exported(str(path), "jsonl", counts["judgements"], len(queries), len(documents), notes)


def any_line(db: Database, corpus: str | None, judges: tuple[str, ...]) -> bool:
    """Whether an export would have anything in it."""
    if rows.any_row(db, corpus, judges):
        return True
    with database_errors(WHAT):
        return next(queue_lines.lines_of(db, corpus), None) is not None


def is_ours(path: Path) -> bool:
    """Whether a file was written by `export`."""
    try:
        with path.open("rb") as file:
            first = json.loads(file.readline(1000))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and first.get("kind") == FORMAT


def merge_file(db: Database, path: Path, unnamed: Unnamed) -> Job[Merged]:
    """Merge a file into the store, after a look at all of it.

    Raises `DataError` naming the first wrong line, or if somebody has to say who judged; then
    nothing was changed. Closed early, what is done is kept, and merging the file again adds the
    rest.
    """
    datasets = rows.datasets_of(db)
    names: set[str] = set()
    total = 0
    for total, (where, line) in enumerate(_lines(path), 1):
        _check(line, where, datasets, names, unnamed)
        if total % BATCH == 0:
            yield Progress("checking the file", total, None)
    if not total:
        raise DataError(f"{path} holds no judgements")
    unnamed.check(path)
    merging = _Merging(datasets, unnamed)
    done = 0
    batch: list[tuple[str, dict[str, Any]]] = []
    for where, line in _lines(path):
        batch.append((where, line))
        if len(batch) == BATCH:
            merging.merge(db, batch)
            done, batch = done + len(batch), []
            yield Progress("merging", done, total)
    merging.merge(db, batch)
    return merging.result()


class _Merging:
    """What was merged of a file so far."""

    def __init__(self, datasets: Collection[str], unnamed: Unnamed) -> None:
        self._datasets = datasets
        self._unnamed = unnamed
        self._queues = queue_lines.Arrivals()
        self._counts: Counter[str] = Counter()

    def merge(self, db: Database, batch: list[tuple[str, dict[str, Any]]]) -> None:
        """Merge some lines that were checked, all or none."""
        with transaction(db, WHAT):
            for where, line in batch:
                match line["kind"]:
                    case "judgement":
                        self._merge_judgement(db, line, where)
                    case "queue":
                        self._counts["queues"] += self._queues.merge_queue(db, line)
                    case "pool":
                        self._queues.merge_pool(db, line)

    def result(self) -> Merged:
        """All of it in figures."""
        return Merged(
            self._counts["added"],
            self._counts["updated"],
            self._counts["unchanged"],
            self._counts["changes"],
            self._counts["repeats"],
            self._counts["queues"],
            (*self._unnamed.notes, *self._queues.notes),
        )

    def _merge_judgement(self, db: Database, line: Mapping[str, Any], where: str) -> None:
        columns = rows.checked(line, where, self._datasets)
        changes, again = rows.checked_history(line, where)
        number, what = rows.merge(db, self._unnamed.named(columns, changes))
        name = query_ids.checked(line, where)
        query_ids.keep(db, columns["corpus"], columns["query_key"], name)
        added, repeats = rows.merge_history(db, number, changes, again)
        self._counts.update({what: 1, "changes": added, "repeats": repeats})


def _check(
    line: Mapping[str, Any],
    where: str,
    datasets: Collection[str],
    queues: set[str],
    unnamed: Unnamed,
) -> None:
    match line["kind"]:
        case "judgement":
            columns = rows.checked(line, where, datasets)
            changes, _ = rows.checked_history(line, where)
            query_ids.checked(line, where)
            unnamed.look(columns, changes)
        case "queue" | "pool":
            queue_lines.check(line, where, queues)
        case kind:
            raise DataError(f"{where}: a {kind} is unknown to this version; update Counterpart")


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines behind the first one, which says what the file is."""
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                where = f"{path}, line {number}"
                try:
                    found = json.loads(line)
                except (ValueError, RecursionError):
                    raise DataError(f"{where}: cut off or damaged; export it again") from None
                if not isinstance(found, dict) or "kind" not in found:
                    raise DataError(f"{where}: not a line of an export; export it again")
                if number > 1:
                    yield where, found
                elif found["kind"] != FORMAT:
                    raise DataError(f"{path} holds no judgements that Counterpart exported")
                elif found.get("version") != VERSION:
                    raise DataError(f"{path} was written by a newer version; update Counterpart")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; export it again") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _write(file: Any, line: Mapping[str, Any]) -> None:
    file.write(clean(json.dumps(line, ensure_ascii=False)) + "\n")
