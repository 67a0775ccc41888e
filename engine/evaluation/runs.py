"""Stored runs: what was asked, with what, and the whole ranking of every query.

A run is a folder, `<evaluation>/<pipeline>`, with three files:

    run.json       data set, pipeline, settings, models by fingerprint, machine
    set.json       queries, qrels and document ids, so that the run can be read without the data set
    results.jsonl  one line for each query, written when it is answered

A line that a killed process has left half-written is cut off when the run is gone on with; what
was answered before stays as it is, so that an interrupted run ends with the figures of one that
was not.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import DataError, DiskError
from engine.evaluation.beir import BeirSet
from engine.evaluation.rankers import Answer

MANIFEST, SET, RESULTS = "run.json", "set.json", "results.jsonl"
_NAME = re.compile(r"\w[\w .+-]{0,79}")


DEFAULT_DEPTH = "default_depth"
"""The option that says how many candidates were read where the device decided it."""

CONTENT = "content"
"""The option that tells a run from elsewhere from others: a fingerprint of its rankings."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is. `identity` is everything that changes its figures."""

    dataset: str
    pipeline: str
    source: str
    digest: str  # of documents, queries and qrels
    total: int
    documents: int
    created: str
    models: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parameters: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: str = ""  # a fingerprint of the shares
    machine: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""
    index_s: float = 0.0
    vectors: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    ceiling: Mapping[str, Any] = field(default_factory=dict)
    threshold: int = 1
    protocol: tuple[str, ...] = ()  # what only its protocol reports, in sentences

    @property
    def identity(self) -> tuple[object, ...]:
        """Two runs with the same one are the same run."""
        fingerprints = sorted(
            (role, model["fingerprint"], model.get("scale", ""))
            for role, model in self.models.items()
        )
        options = sorted((key, str(value)) for key, value in self.options.items())
        return self.digest, self.pipeline, fingerprints, options, self.weights, self.threshold


@dataclass(frozen=True, slots=True)
class Row:
    """The answer to one query, by the query's id; documents by their number in the set."""

    query: str
    answer: Answer
    failure: str = ""


@dataclass(frozen=True, slots=True)
class RunSet:
    """What a run was measured on: ids of the documents, texts of the queries, grades."""

    documents: Sequence[str]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was read."""

    name: str
    manifest: Manifest
    set: RunSet
    rows: Mapping[str, Row]  # by query, in the order of the set

    def ranking(self, query: str) -> list[str]:
        """The documents found for a query, best first; none for one that was not answered."""
        row = self.rows.get(query)
        return [self.set.documents[n] for n in row.answer.documents] if row else []


def check_name(name: str) -> str:
    """The name if a run may have it. Raises `DataError`."""
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise DataError(
            f"{name!r} cannot be the name of a run; take letters, figures, spaces, dots and dashes"
        )
    return name


def digest_of(data: BeirSet) -> str:
    """A fingerprint of a set: its documents, queries, grades and exclusions."""
    hashed = blake2b(digest_size=12)
    for document in data.documents:
        hashed.update(json.dumps([document.id, document.title, document.text]).encode())
    for query in data.queries:
        grades = sorted(data.qrels[query.id].items())
        excluded = sorted(data.excluded.get(query.id, ()))
        row = [query.id, query.text, query.target, grades, excluded]
        hashed.update(json.dumps(row).encode())
    return hashed.hexdigest()


class RunStore:
    """The runs of one installation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Every run, those of an evaluation together, in the order of their making."""
        found = self._folder.glob(f"*/*/{MANIFEST}")
        ordered = sorted(found, key=lambda path: (path.stat().st_mtime, str(path)))
        groups: dict[str, list[str]] = {}
        for path in ordered:
            groups.setdefault(path.parent.parent.name, []).append(path.parent.name)
        return [f"{group}/{run}" for group, runs in groups.items() for run in runs]

    def resolve(self, names: Sequence[str]) -> list[str]:
        """The runs meant: each name is a run's or that of an evaluation, which has several."""
        if not names:
            raise DataError("no run is chosen; name one")
        there = self.names()
        found: dict[str, None] = {}
        for name in names:
            meant = [one for one in there if name in (one, one.rpartition("/")[0] or one)]
            if not meant:
                known = ", ".join(dict.fromkeys(one.rpartition("/")[0] for one in there))
                raise DataError(f"there is no run named {name}; known are: {known or 'none yet'}")
            found.update(dict.fromkeys(meant))
        return list(found)

    def manifest(self, name: str) -> Manifest:
        """What a run is. Raises `DataError`."""
        values = _read_json(self._folder / name / MANIFEST)
        known = {key: values[key] for key in Manifest.__dataclass_fields__ if key in values}
        try:
            manifest = Manifest(**known)
        except TypeError:
            raise DataError(f"the run {name} cannot be read; remove it") from None
        return replace(manifest, notes=tuple(manifest.notes), protocol=tuple(manifest.protocol))

    def read(self, name: str) -> Run:
        """A run with all its rankings. Raises `DataError`."""
        manifest = self.manifest(name)
        values = _read_json(self._folder / name / SET)
        try:
            found = RunSet(values["documents"], values["queries"], values["qrels"])
            rows = {row.query: row for row in _rows(self._folder / name / RESULTS)}
        except (KeyError, TypeError):
            raise DataError(f"the run {name} cannot be read; remove it") from None
        return Run(name, manifest, found, {q: rows[q] for q in found.queries if q in rows})

    def count(self, name: str) -> int:
        """How many queries of a run are answered."""
        try:
            with (self._folder / name / RESULTS).open("rb") as file:
                return sum(line.endswith(b"\n") for line in file)
        except OSError:
            return 0

    def remove(self, name: str) -> list[str]:
        """Remove a run, or all of an evaluation. Raises `DataError` if there is none."""
        gone = self.resolve([name])
        for one in gone:
            with self._lock(one):
                shutil.rmtree(self._folder / one, ignore_errors=True)
        group = self._folder / gone[0].rpartition("/")[0]
        if group.is_dir() and not any(path.is_dir() for path in group.iterdir()):
            shutil.rmtree(group, ignore_errors=True)
        return gone

    @contextmanager
    def writing(self, name: str, manifest: Manifest, data: RunSet) -> Iterator[RunWriter]:
        """Begin a run, or go on with the one of that name.

        Raises `DataError` if that is of something else or is being written, `DiskError`.
        """
        folder = self._folder / name
        with self._lock(name), _disk_errors(folder):
            if (folder / MANIFEST).exists():
                before = self.manifest(name)
                if before.identity != manifest.identity:
                    what = _what_differs(before, manifest)
                    raise DataError(
                        f"there is a run {name} of something else ({what} differs); choose another "
                        f"name, or remove it first: counterpart runs remove {name!r}"
                    )
                # The figures of the rows that are there belong to the first session's times.
                manifest = replace(manifest, created=before.created)
            folder.mkdir(parents=True, exist_ok=True)
            _write_json(folder / SET, asdict(data))
            _write_json(folder / MANIFEST, asdict(manifest))
            writer = RunWriter(folder / RESULTS)
            try:
                yield writer
            finally:
                writer.close()

    def say(self, name: str, lines: Sequence[str]) -> None:
        """Keep with a run what only its protocol reports. Raises `DataError`, `DiskError`."""
        with self._lock(name), _disk_errors(self._folder / name):
            manifest = replace(self.manifest(name), protocol=tuple(lines))
            _write_json(self._folder / name / MANIFEST, asdict(manifest))

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        folder = self._folder / name
        with _disk_errors(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{folder}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise DataError(
                    f"the run {name} is being written by another Counterpart; wait until it is done"
                ) from None
        try:
            yield
        finally:
            lock.release()
            Path(f"{folder}.lock").unlink(missing_ok=True)


class RunWriter:
    """Adds answers to a run."""

    def __init__(self, path: Path) -> None:
        _cut_half_line(path)
        self.rows = {row.query: row for row in _rows(path)} if path.exists() else {}
        self._file = path.open("a", encoding="utf-8", newline="\n")

    def add(self, row: Row) -> None:
        """Keep an answer; it is on its way to the disk when this returns."""
        answer = row.answer
        values = {
            "query": row.query,
            "documents": answer.documents,
            "scores": {stage: [_short(s) for s in found] for stage, found in answer.scores.items()},
            "ranks": answer.ranks,
            "ms": answer.ms,
            "notes": answer.notes,
            "failure": row.failure,
        }
        with _disk_errors(Path(self._file.name)):
            self._file.write(json.dumps(values, separators=(",", ":")) + "\n")
            self._file.flush()
        self.rows[row.query] = row

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _rows(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if not line.endswith("\n"):
                    return  # half-written
                values = json.loads(line)
                answer = Answer(
                    tuple(values["documents"]),
                    {stage: tuple(found) for stage, found in values["scores"].items()},
                    {stage: tuple(found) for stage, found in values["ranks"].items()},
                    values["ms"],
                    tuple(values.get("notes", ())),
                )
                yield Row(values["query"], answer, values["failure"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} cannot be read; remove the run and measure it again") from error


def _short(score: float | None) -> float | None:
    """As many digits as single precision has: all there is to know."""
    return None if score is None else float(f"{score:.9g}")


def _cut_half_line(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        end = content.rfind(b"\n") + 1
        if end < len(content):
            file.truncate(end)


def _what_differs(one: Manifest, other: Manifest) -> str:
    names = (
        "the data",
        "the pipeline",
        "a model",
        "an option",
        "the fusion shares",
        "the threshold",
    )
    pairs = zip(names, one.identity, other.identity, strict=True)
    return next(name for name, a, b in pairs if a != b)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read; remove the run and measure it again") from error
    if not isinstance(values, dict):
        raise DataError(f"{path} is no run's; remove the run and measure it again")
    return values


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(values, indent=1), encoding="utf-8")
    fresh.replace(path)


@contextmanager
def _disk_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"cannot write to {place}: {error.strerror or error}; make room and try again"
        ) from error
