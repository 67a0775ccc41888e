"""Which format a file has or is to have, and the job that reads or writes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shlex import quote

from engine.database import Database
from engine.errors import DataError
from engine.job import Job
from engine.judgements import imported
from engine.judgements.exchange import (
    csv_table,
    json_lines,
    labelled,
    labelled_merge,
    rows,
    runs,
)
from engine.judgements.exchange.unnamed import Unnamed
from engine.judgements.known import check_corpus, check_judges
from engine.judgements.store import JudgementStore
from engine.types_judging import Exported, Merged

FORMATS = ("jsonl", "csv", "qrels", "beir", "runs")
_OF_A_FILE = ("jsonl", "csv", "qrels")
_SUFFIXES = {".jsonl": "jsonl", ".csv": "csv", ".qrels": "qrels", ".qrel": "qrels", "": "beir"}


def export(
    store: JudgementStore,
    path: Path,
    name: str = "",
    corpus: str | None = None,
    judges: tuple[str, ...] = (),
    queue: str = "",
) -> Job[Exported]:
    """Write judgements in a format, by default the one that the path's ending names.

    Raises `DataError` for a format, a judge or a corpus that is not known, and where there is
    nothing to write: a file of before stays as it is. Raises `DiskError`.
    """
    db = store.database
    check_judges(db, judges, marks=True)
    check_corpus(db, corpus)
    format_ = name or _SUFFIXES.get(path.suffix.lower(), "")
    _refuse_folder(path, format_)
    match format_:
        case "jsonl":
            _check_any(db, json_lines.any_line(db, corpus, judges), path, corpus)
            return (yield from json_lines.export(db, path, corpus, judges))
        case "csv":
            _check_any(db, rows.any_row(db, corpus, judges), path, corpus)
            return (yield from csv_table.export(db, path, corpus, judges))
        case "qrels":
            found = labelled.collect(db, corpus, judges)
            _check_any(db, bool(found.qrels), path, corpus)
            return (yield from labelled.export_trec(found, path))
        case "beir":
            found = labelled.collect(db, corpus, judges)
            _check_any(db, bool(found.qrels), path, corpus)
            return (yield from labelled.export_beir(found, path))
        case "runs":
            return (yield from runs.export(db, path, queue))
        case _:
            raise DataError(f"{path}: say which format with --format: {', '.join(FORMATS)}")


def merge(
    store: JudgementStore,
    path: Path,
    name: str = "",
    corpus: str = "",
    judge: str = "",
    queries: Path | None = None,
    documents: Path | None = None,
    mine: bool = False,
) -> Job[Merged]:
    """Merge judgements from a file or folder. Raises `DataError`; then nothing was changed.

    `judge` gave those that name nobody; `mine` says that it was who judges here without a name.
    """
    if not _is_there(path):
        raise DataError(f"there is no {path}; give a file or folder with judgements")
    suffix = "" if path.is_dir() else path.suffix.lower()
    found = name or ("jsonl" if suffix != "" and json_lines.is_ours(path) else "")
    format_ = found or _SUFFIXES.get(suffix, "")
    _refuse_folder(path, format_)
    unnamed = Unnamed(store.database, judge, mine)
    match format_:
        case "jsonl":
            return (yield from json_lines.merge_file(store.database, path, unnamed))
        case "csv":
            return (yield from csv_table.merge_file(store.database, path, unnamed))
        case "qrels" | "beir" as kind:
            if not judge:
                raise DataError("qrels do not say who judged; say it with --judge NAME")
            read = labelled.read_beir(path) if kind == "beir" else None
            read = read or labelled.read_trec(path, queries, documents)
            merged = yield from labelled_merge.merge(store, read, corpus, judge)
            return replace(merged, notes=(f"as judgements of {judge}", *merged.notes))
        case _:
            raise DataError(f"{path}: say which format with --format: {', '.join(FORMATS[:-1])}")


def _check_any(db: Database, any_: bool, path: Path, corpus: str | None) -> None:
    if any_:
        return
    if judge := next((judge for judge in imported.judges(db, corpus)), ""):
        raise DataError(
            f"all that is judged here came with a data set; --judge {quote(judge)} exports it"
        )
    raise DataError(f"nothing is judged that could be exported; {path} was not written")


def _refuse_folder(path: Path, format_: str) -> None:
    """Raise `DataError` if a format of one file is to have a folder's place."""
    try:
        is_folder = not path.name or path.is_dir()
    except OSError:  # a name that is too long is no folder's
        is_folder = False
    if is_folder and format_ in _OF_A_FILE:
        raise DataError(f"{path} is a folder; name a file in it")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long is no file's
        return False
