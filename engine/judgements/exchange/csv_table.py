"""Judgements as a table that a spreadsheet opens: one row each, no history, nothing else lost."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.database import Database, database_errors, transaction
from engine.errors import DataError
from engine.job import Job
from engine.judgements.exchange import query_ids, rows
from engine.judgements.exchange.files import open_new
from engine.judgements.exchange.unnamed import Unnamed
from engine.judgements.store import WHAT
from engine.types import Progress
from engine.types_judging import Exported, Merged

BATCH = 200
_LARGEST_FIELD = 50_000_000
_FIRST = ("judge", "grade", "mark", "note", "corpus", "query_text", "path", "name", "chunk_text")
COLUMNS = (*_FIRST, *(name for name in rows.FIELDS if name not in _FIRST))
"""What a table must have; the id that a query came with may stand behind."""


def export(
    db: Database, path: Path, corpus: str | None = None, judges: tuple[str, ...] = ()
) -> Job[Exported]:
    """Write the table; it takes its name when it is complete. Raises `DiskError`."""
    count = 0
    queries: set[tuple[str, str]] = set()
    documents: set[str] = set()
    with database_errors(WHAT), open_new(path) as file:
        table = csv.writer(file)
        table.writerow((*COLUMNS, query_ids.FIELD))
        names = query_ids.QueryIds(db)
        for row in rows.rows_of(db, corpus, judges):
            values = ["" if row[name] is None else row[name] for name in COLUMNS]
            table.writerow([*values, names.given(row["corpus"], row["query_key"])])
            queries.add((row["corpus"], row["query_key"]))
            documents.add(row["chunk_key"])
            count += 1
            if count % BATCH == 0:
                yield Progress("exporting", count, None)
    notes = ("the history of the grades and the queues are in the format jsonl only",)
    return Exported(str(path), "csv", count, len(queries), len(documents), notes)


def merge_file(db: Database, path: Path, unnamed: Unnamed) -> Job[Merged]:
    """Merge a table into the store, after a look at all of it.

    Raises `DataError` naming the first wrong row, or if somebody has to say who judged; then
    nothing was changed.
    """
    datasets = rows.datasets_of(db)
    total = 0
    for total, (where, record) in enumerate(_records(path), 1):
        unnamed.look(rows.checked(record, where, datasets))
        if total % BATCH == 0:
            yield Progress("checking the file", total, None)
    if not total:
        raise DataError(f"{path} holds no judgements")
    unnamed.check(path)
    counts: Counter[str] = Counter()
    batch: list[tuple[dict[str, Any], str]] = []

    def keep() -> None:
        with transaction(db, WHAT):
            for columns, name in batch:
                query_ids.keep(db, columns["corpus"], columns["query_key"], name)
                counts[rows.merge_alone(db, unnamed.named(columns))] += 1
        batch.clear()

    for done, (where, record) in enumerate(_records(path), 1):
        name = query_ids.checked(record, where)
        batch.append((rows.checked(record, where, datasets), name))
        if len(batch) == BATCH:
            keep()
            yield Progress("merging", done, total)
    keep()
    return Merged(counts["added"], counts["updated"], counts["unchanged"], notes=unnamed.notes)


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    limit = csv.field_size_limit(_LARGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True)
            missing = set(COLUMNS) - set(table.fieldnames or ())
            if missing:
                raise DataError(
                    f"{path} is no table of judgements: it has no column {sorted(missing)[0]}"
                )
            for number, row in enumerate(table, 1):
                where = f"{path}, row {number}"
                if None in row or None in row.values():
                    raise DataError(f"{where}: not as many columns as in the first row")
                yield where, _typed(row, where)
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except csv.Error as error:
        raise DataError(f"{path} is no CSV table ({error}); check its quotes") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    finally:
        csv.field_size_limit(limit)


def _typed(row: dict[str, str], where: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(row)
    try:
        for name in (*rows.NUMBERS, "cell", "grade"):
            found[name] = int(row[name]) if row[name] else None
        for name in rows.OBJECTS:
            found[name] = json.loads(row[name])
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: {name} cannot be read ({error})") from None
    return found
