"""Everything in a store as JSON lines: judgements with their history, and queues with their pools.

What one exports and another imports is merged: nothing is lost and nothing doubled, however often
and in whichever direction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.database import Database, database_errors, transaction
from engine.errors import DataError
from engine.job import Job
from engine.judgements import records, writing
from engine.judgements.chunk_json import chunk_from_json, chunk_to_json
from engine.judgements.exchange import rows
from engine.judgements.exchange.files import open_new
from engine.judgements.store import WHAT
from engine.types import Progress, QueryKind, StageRanks, StageScores
from engine.types_judging import RUNS, Exported, Merged, Order

FORMAT = "counterpart-judgements"
VERSION = 1
BATCH = 200
_QUEUE = ("name", "corpus", "depth", "arrangement", "repeats", "seed", "guidelines", "created")


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
    with open_new(path) as file, database_errors(WHAT):
        _write(file, {"kind": FORMAT, "version": VERSION})
        for row in rows.rows_of(db, corpus, judges):
            record = rows.record_of(row) | rows.history_of(db, row["id"])
            _write(file, {"kind": "judgement", **record})
            counts["judgements"] += 1
            queries.add((row["corpus"], row["query_key"]))
            documents.add(row["chunk_key"])
            if counts["judgements"] % BATCH == 0:
                yield Progress("exporting", counts["judgements"], None)
        if queues:
            for line in _queue_lines(db, corpus):
                _write(file, line)
                counts["queues"] += line["kind"] == "queue"
    notes = (f"queues with it: {counts['queues']}",) if counts["queues"] else ()
    return Exported(str(path), "jsonl", counts["judgements"], len(queries), len(documents), notes)


def is_ours(path: Path) -> bool:
    """Whether a file was written by `export`."""
    try:
        with path.open("rb") as file:
            first = json.loads(file.readline(1000))
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and first.get("kind") == FORMAT


def merge_file(db: Database, path: Path) -> Job[Merged]:
    """Merge a file into the store, after a look at all of it.

    Raises `DataError` naming the first wrong line; then nothing was changed. Closed early, what is
    done is kept, and merging the file again adds the rest.
    """
    total = 0
    for total, (where, line) in enumerate(_lines(path), 1):
        _check(line, where)
        if total % BATCH == 0:
            yield Progress("checking the file", total, None)
    counts: Counter[str] = Counter()
    done = 0
    batch: list[tuple[str, dict[str, Any]]] = []
    for where, line in _lines(path):
        batch.append((where, line))
        if len(batch) == BATCH:
            _merge_batch(db, batch, counts)
            done, batch = done + len(batch), []
            yield Progress("merging", done, total)
    _merge_batch(db, batch, counts)
    return Merged(
        counts["added"],
        counts["updated"],
        counts["unchanged"],
        counts["changes"],
        counts["repeats"],
        counts["queues"],
    )


def _merge_batch(
    db: Database, batch: list[tuple[str, dict[str, Any]]], counts: Counter[str]
) -> None:
    with transaction(db, WHAT):
        for where, line in batch:
            match line["kind"]:
                case "judgement":
                    number, what = rows.merge(db, rows.checked(line, where))
                    counts[what] += 1
                    changes = rows.checked_history(line, where)
                    added, again = rows.merge_history(db, number, changes, line.get("again"))
                    counts["changes"] += added
                    counts["repeats"] += again
                case "queue":
                    counts["queues"] += _merge_queue(db, line)
                case "pool":
                    _merge_pool(db, line)


def _check(line: Mapping[str, Any], where: str) -> None:
    match line["kind"]:
        case "judgement":
            rows.checked(line, where)
            rows.checked_history(line, where)
        case "queue" | "pool":
            try:
                (_queue_columns if line["kind"] == "queue" else _pool_values)(line)
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(f"{where}: a damaged queue ({error})") from None
        case kind:
            raise DataError(f"{where}: a {kind} is unknown to this version; update Counterpart")


def _queue_lines(db: Database, corpus: str | None) -> Iterator[dict[str, Any]]:
    for queue in list(db.query("SELECT * FROM queues ORDER BY id")):
        if corpus is not None and queue["corpus"] != corpus:
            continue
        head = {name: queue[name] for name in _QUEUE}
        yield {
            "kind": "queue",
            **head,
            "runs": json.loads(queue["runs"]),
            "notes": json.loads(queue["notes"]),
        }
        for query in list(
            db.query("SELECT * FROM queue_queries WHERE queue = ? ORDER BY id", (queue["id"],))
        ):
            items = db.query(
                "SELECT * FROM queue_items WHERE query = ? ORDER BY id", (query["id"],)
            )
            yield {
                "kind": "pool",
                "queue": queue["name"],
                "text": query["text"],
                "query_kind": query["kind"],
                "filters": json.loads(query["filters"]),
                "items": [
                    {name: json.loads(item[name]) for name in ("chunk", "runs", "ranks", "scores")}
                    for item in items
                ],
            }


def _queue_columns(line: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: line[name] for name in _QUEUE}
    Order(columns["arrangement"])
    if set(line["runs"]) - set(RUNS) or not 0 <= float(columns["repeats"]) <= 1:
        raise ValueError("unknown runs")
    if not all(isinstance(columns[n], str) for n in ("name", "corpus", "seed", "guidelines")):
        raise TypeError("a text is missing")
    notes = [str(note) for note in line["notes"]]
    return {**columns, "runs": json.dumps(line["runs"]), "notes": json.dumps(notes)}


def _merge_queue(db: Database, line: Mapping[str, Any]) -> int:
    """Add a queue that is not there. One of the same name and another seed is another queue."""
    columns = _queue_columns(line)
    found = list(db.query("SELECT * FROM queues WHERE name = ?", (columns["name"],)))
    if found:
        if found[0]["seed"] != columns["seed"]:
            raise DataError(
                f"there is another queue named {columns['name']} here; rename or remove it first"
            )
        return 0
    writing.insert(db, "queues", columns)
    return 1


def _pool_values(line: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    QueryKind(line["query_kind"])
    if not isinstance(line["text"], str) or not isinstance(line["filters"], dict):
        raise TypeError("no query")
    values = []
    for item in line["items"]:
        chunk = chunk_from_json(item["chunk"])
        StageRanks(**item["ranks"])
        StageScores(**item["scores"])
        runs = {str(run): int(rank) for run, rank in item["runs"].items()}
        texts = (chunk_to_json(chunk), runs, item["ranks"], item["scores"])
        values.append((records.content_key(chunk.text), *map(json.dumps, texts)))
    return values  # type: ignore[return-value]


def _merge_pool(db: Database, line: Mapping[str, Any]) -> None:
    queue = next(iter(db.query("SELECT id FROM queues WHERE name = ?", (line["queue"],))), None)
    if queue is None:
        return
    text = records.clean(line["text"])
    key = (queue["id"], records.content_key(text))
    found = list(db.query("SELECT id FROM queue_queries WHERE queue = ? AND query_key = ?", key))
    if found:
        number = found[0]["id"]
    else:
        columns = {"queue": key[0], "query_key": key[1], "text": text}
        columns |= {"kind": line["query_kind"], "filters": json.dumps(line["filters"])}
        number = writing.insert(db, "queue_queries", columns)
    db.conn.executemany(
        "INSERT INTO queue_items (query, chunk_key, chunk, runs, ranks, scores)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (query, chunk_key) DO NOTHING",
        [(number, *values) for values in _pool_values(line)],
    )


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines behind the first one, which says what the file is."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
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
                elif found.get("version") != VERSION:
                    raise DataError(f"{path} was written by a newer version; update Counterpart")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; export it again") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _write(file: Any, line: Mapping[str, Any]) -> None:
    file.write(json.dumps(line, ensure_ascii=False) + "\n")
