"""Queues with their pools as lines of an export, and how they are merged.

A queue is known by its seed, which it has from its making on: its name is free to be another one
here and there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.database import Database
from engine.errors import DataError
from engine.judgements import records, values, writing
from engine.judgements.chunk_json import chunk_from_json, chunk_to_json
from engine.types import QueryKind
from engine.types_judging import RUNS, Order

_TEXTS = ("name", "corpus", "seed", "guidelines")
_QUEUE = ("name", "corpus", "depth", "arrangement", "repeats", "seed", "guidelines", "created")


def lines_of(db: Database, corpus: str | None) -> Iterator[dict[str, Any]]:
    """The lines of all queues (over a corpus): each queue, then its pools."""
    for queue in list(db.query("SELECT * FROM queues ORDER BY id")):
        if corpus is not None and queue["corpus"] != corpus:
            continue
        head = {name: queue[name] for name in (*_QUEUE, "guidelines_changed")}
        yield {
            "kind": "queue",
            **head,
            "runs": json.loads(queue["runs"]),
            "notes": json.loads(queue["notes"]),
        }
        yield from _pools_of(db, queue)


def check(line: Mapping[str, Any], where: str, names: set[str]) -> None:
    """Look at a queue or a pool; `names` are those of the queues before it. Raises `DataError`."""
    try:
        if line["kind"] == "queue":
            names.add(_columns(line)["name"])
        elif records.clean(values.text(line["queue"], "queue")) in names:
            _pool_values(line)
        else:
            raise ValueError("a pool comes before its queue")
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{where}: a damaged queue ({error})") from None


class Arrivals:
    """The queues of a file as they come into a store; `notes` say what is not as in the file."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._here: dict[str, int] = {}  # name in the file → id in the store

    def merge_queue(self, db: Database, line: Mapping[str, Any]) -> int:
        """Add a checked queue that is not there; of one that is, the guidelines changed last stand.

        Returns how many were added.
        """
        columns = _columns(line)
        name = columns["name"]
        found = list(db.query("SELECT * FROM queues WHERE seed = ?", (columns["seed"],)))
        if found:
            self._here[name] = found[0]["id"]
            self._merge_guidelines(db, found[0], columns)
            return 0
        free = _free_name(db, name)
        if free != name:
            self.notes.append(f"the queue {name} is here as {free}: there is another {name}")
        self._here[name] = writing.insert(db, "queues", {**columns, "name": free})
        return 1

    def merge_pool(self, db: Database, line: Mapping[str, Any]) -> None:
        """Add a query of a queue that was merged before it, and what is not in its pool yet."""
        queue = self._here[records.clean(line["queue"])]
        text = records.clean(line["text"])
        key = (queue, records.content_key(text))
        found = list(
            db.query("SELECT id FROM queue_queries WHERE queue = ? AND query_key = ?", key)
        )
        if found:
            number = found[0]["id"]
        else:
            columns = {"queue": key[0], "query_key": key[1], "text": text}
            columns |= {"kind": line["query_kind"], "filters": json.dumps(line["filters"])}
            number = writing.insert(db, "queue_queries", columns)
        db.conn.executemany(
            "INSERT INTO queue_items (query, chunk_key, chunk, runs, ranks, scores)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (query, chunk_key) DO NOTHING",
            [(number, *found) for found in _pool_values(line)],
        )

    def _merge_guidelines(self, db: Database, here: records.Row, theirs: records.Row) -> None:
        if theirs["guidelines_changed"] <= here["guidelines_changed"]:
            return
        db.execute(
            "UPDATE queues SET guidelines = ?, guidelines_changed = ? WHERE id = ?",
            (theirs["guidelines"], theirs["guidelines_changed"], here["id"]),
        )
        if theirs["guidelines"] != here["guidelines"]:
            self.notes.append(f"the guidelines of {here['name']} are the file's, changed later")


def _free_name(db: Database, name: str) -> str:
    taken = {row["name"] for row in db.query("SELECT name FROM queues")}
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def _pools_of(db: Database, queue: records.Row) -> Iterator[dict[str, Any]]:
    queries = "SELECT * FROM queue_queries WHERE queue = ? ORDER BY id"
    for query in list(db.query(queries, (queue["id"],))):
        items = db.query("SELECT * FROM queue_items WHERE query = ? ORDER BY id", (query["id"],))
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


def _columns(line: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: line[name] for name in _QUEUE}
    columns |= {name: records.clean(values.text(line[name], name)) for name in _TEXTS}
    if not columns["name"] or not columns["seed"]:
        raise ValueError("no name or no seed")
    Order(columns["arrangement"])
    values.whole(columns["depth"], "depth")
    columns["created"] = values.time(columns["created"])
    if set(values.listed(line["runs"], "runs")) - set(RUNS):
        raise ValueError("unknown runs")
    if not 0 <= values.number(line["repeats"], "repeats") <= 1:
        raise ValueError("repeats is no share")
    notes = [values.text(note, "a note") for note in values.listed(line["notes"], "notes")]
    changed = line.get("guidelines_changed", "")  # not in the files of earlier versions
    return {
        **columns,
        "runs": json.dumps(line["runs"]),
        "notes": json.dumps(notes),
        "guidelines_changed": changed if changed == "" else values.time(changed),
    }


def _pool_values(line: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    QueryKind(line["query_kind"])
    values.text(line["text"], "the query")
    values.filters(line["filters"])
    found = []
    for item in values.listed(line["items"], "items"):
        chunk = chunk_from_json(item["chunk"])
        values.ranks(item["ranks"])
        values.scores(item["scores"])
        runs = values.mapping(item["runs"], "runs")
        if not runs:
            raise ValueError("something in a pool was found by no run")
        for run, rank in runs.items():
            if run not in RUNS:  # an export makes it the name of a file
                raise ValueError(f"unknown run {run}")
            if not values.whole(rank, f"the rank {run}"):
                raise ValueError(f"the rank {run} is 0: ranks count from 1")
        as_texts = map(json.dumps, (chunk_to_json(chunk), runs, item["ranks"], item["scores"]))
        found.append((records.content_key(chunk.text), *as_texts))
    return found  # type: ignore[return-value]
