"""Rows out of files: JSON lines, JSON, CSV, Parquet, plain or gzipped.

Everything is streamed, so memory stays small whatever the file's size, and everything that can be
wrong with a file is told in one line that names it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import ijson

from engine.datasets.bounded import (
    MAX_LINE,
    BoundedJson,
    bounded_lines,
    refuse_what_is_no_data,
    what_is_wrong,
)
from engine.datasets.records import Located
from engine.errors import DataError

BATCH = 256
"""Rows of a Parquet file that become objects at once: some milliseconds."""

_PARSING: Mapping[str, Any] = {"use_float": True, "buf_size": 1 << 18}

csv.field_size_limit(MAX_LINE)  # a field is a piece of code, and the default is 128 kB

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")


def kind_of(path: Path) -> str:
    """Which of `SUFFIXES` a file has, with or without `.gz` after it; empty if none."""
    name = path.name.lower().removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def read_rows(path: Path) -> Iterator[Located]:
    """The rows of a table in any of these formats, each with the words that say where it is."""
    kind = kind_of(path)
    if kind == ".parquet":
        return parquet_rows(path)
    if kind in (".csv", ".tsv"):
        return csv_rows(path, "\t" if kind == ".tsv" else ",")
    # What is called .json may well have one object on each line.
    return json_items(path) if kind == ".json" and starts_with(path) == "[" else json_lines(path)


def first_row(path: Path) -> dict[str, Any] | None:
    """The first row, to see what a file is; None if it has none that can be read."""
    try:
        return next((row for _, row in read_rows(path)), None)
    except DataError:
        return None


def json_lines(path: Path) -> Iterator[Located]:
    """The objects of a file with one on each line."""
    for number, line in lines(path):
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{where}: not valid JSON ({what_is_wrong(error)}); the file may be cut short"
            ) from None
        if not isinstance(row, dict):
            raise DataError(f"{where}: expected a JSON object")
        yield where, row


def json_items(path: Path) -> Iterator[Located]:
    """The objects of a file that is one JSON array."""
    for number, row in _parsed(path, lambda file: ijson.items(file, "item", **_PARSING)):
        where = f"{path}, entry {number}"
        if not isinstance(row, dict):
            raise DataError(f"{where}: expected a JSON object")
        yield where, row


def json_entries(path: Path) -> Iterator[tuple[str, str, Any]]:
    """The members of a file that is one JSON object: where, name, value."""
    for number, (key, value) in _parsed(path, lambda f: ijson.kvitems(f, "", **_PARSING)):
        yield f"{path}, entry {number}", key, value


def starts_with(path: Path) -> str:
    """The first character of a text file that is not blank; empty if there is none."""
    with _errors(path), _opened(path) as file:
        return file.read(4096).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")[:1]


def csv_rows(path: Path, delimiter: str = ",") -> Iterator[Located]:
    """The rows of a table whose first line names its columns."""
    with _errors(path), _opened(path) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        reader = csv.DictReader(bounded_lines(text, path), delimiter=delimiter, strict=True)
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row or None in row.values():
                raise DataError(f"{where}: not as many fields as the first line has")
            yield where, dict(row)


def parquet_rows(path: Path) -> Iterator[Located]:
    """The rows of a Parquet file."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise DataError(
            f"{path.name} is a Parquet file, and pyarrow is not installed; "
            'install it with: pip install "counterpart[data]"'
        ) from None
    number = 0
    with _errors(path):
        refuse_what_is_no_data(path)
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH, use_threads=False):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}, row {number}", row
    except (arrow.ArrowException, OSError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path} is not a whole Parquet file ({said}); it may be half downloaded"
        ) from None


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    with _errors(path), _opened(path) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="\n")
        for number, line in enumerate(bounded_lines(text, path), start=1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _parsed(path: Path, parse: Callable[[BoundedJson], Iterator[Any]]) -> Iterator[tuple[int, Any]]:
    number = 0
    with _errors(path), _opened(path) as file:
        try:
            bounded = BoundedJson(file, path)
            for value in parse(bounded):
                bounded.passed()
                number += 1
                yield number, value
        except ijson.JSONError as error:
            said = " ".join(str(error).split())[:80]
            raise DataError(
                f"{path}: not valid JSON after entry {number} ({said}); it may be cut short"
            ) from None


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    refuse_what_is_no_data(path)
    with path.open("rb") as raw:
        if path.suffix.lower() != ".gz":
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield unpacked  # type: ignore[misc]


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """What goes wrong with a file, in words."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{path} is missing; the data set may be half downloaded") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}); get it again") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; convert it first") from None
    except csv.Error as error:
        raise DataError(f"{path} is not a proper CSV file ({error})") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
