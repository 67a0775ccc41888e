"""Files that are wrong, cut short or too large: one line each, and memory stays small."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.datasets import bounded
from engine.datasets.formats import open_reader
from engine.datasets.reading import read_rows
from engine.errors import DataError
from engine.types_corpora import DatasetRequest
from tests.datasets import samples

ROWS = [{"name": f"n{number}", "text": "äöü " * 20, "list": [1, 2]} for number in range(600)]

Cut = Callable[[Path], None]


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def swap_bytes(path: Path) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = b"\xff\x00" * 20
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", [half, swap_bytes])
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("rows.jsonl", samples.write_jsonl),
        ("rows.jsonl.gz", samples.write_gz),
        ("rows.json", samples.write_json),
        ("rows.parquet", samples.write_parquet),
    ],
)
def test_damage_is_one_line_that_names_the_file(
    tmp_path: Path, name: str, write: Callable[..., Path], damage: Cut
) -> None:
    path = write(tmp_path / name, ROWS)
    assert len(list(read_rows(path))) == len(ROWS)
    damage(path)
    with pytest.raises(DataError, match=name) as raised:
        list(read_rows(path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", "[1, 2]\n", "expected a JSON object"),
        ("a.jsonl", '{"a": 1}\n{"a": \n', "line 2: not valid JSON"),
        ("a.jsonl", '{"a":' * 100_000, "not valid JSON|nested"),
        ("a.jsonl", f'{{"a": {"9" * 5000}}}', "line 1: not valid JSON .a number is too long"),
        ("a.json", "[1]", "expected a JSON object"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", '[{"a": 1}', "after entry 1"),
        ("a.csv", "a,b\n1\n", "not as many fields"),
        ("a.csv", 'a,b\n"1,2\n', "CSV"),
        ("a.parquet", "PAR1 no", "not a whole Parquet file"),
        ("a.jsonl.gz", "no gzip", "not a whole gzip file"),
    ],
)
def test_what_is_no_such_file_is_said_so(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=says):
        list(read_rows(path))


def test_a_line_without_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "MAX_LINE", 1000)
    for name in ("a.jsonl", "a.csv"):
        path = tmp_path / name
        path.write_text(json.dumps({"text": "x" * 5000}), encoding="utf-8")
        with pytest.raises(DataError, match="line 1: longer than 1,000 characters"):
            list(read_rows(path))


def test_an_entry_without_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "MAX_ENTRY", 1 << 20)
    path = tmp_path / "a.json"
    path.write_text('[{"text": "' + "x" * (2 << 20), encoding="utf-8")
    with pytest.raises(DataError, match="an entry of more than"):
        list(read_rows(path))
    many = [{"text": "x" * 400_000}] * 8  # together more, each of them less
    assert len(list(read_rows(samples.write_json(path, many)))) == 8


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    os.mkfifo(path)
    with pytest.raises(DataError, match="not a regular file"):
        list(read_rows(path))
    with pytest.raises(DataError, match="not a regular file"):
        open_reader(path, DatasetRequest(str(path)))


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_pointer_of_git_lfs_is_told_from_damage(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    with pytest.raises(DataError, match="git lfs pull"):
        list(read_rows(path))


def test_json_lines_called_json_are_read_all_the_same(tmp_path: Path) -> None:
    path = samples.write_jsonl(tmp_path / "rows.json", ROWS)
    assert [row for _, row in read_rows(path)] == ROWS


def test_parquet_without_pyarrow_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = samples.write_parquet(tmp_path / "rows.parquet", ROWS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install \"counterpart\[data\]\""):
        list(read_rows(path))


texts = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.lists(st.dictionaries(texts, texts | st.integers(-9, 9), min_size=1), max_size=8))
def test_every_kind_of_file_gives_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str | int]]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    for path in (
        samples.write_jsonl(folder / "a.jsonl", rows),
        samples.write_gz(folder / "b.jsonl.gz", rows),
        samples.write_json(folder / "c.json", rows),
    ):
        assert [row for _, row in read_rows(path)] == rows


@pytest.mark.skipif(sys.platform == "win32", reason="measures with resource")
def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    """200 MB of rows behind 1 MB of gzip; the process that reads them stays far below that."""
    path = tmp_path / "large.jsonl.gz"
    row = json.dumps({"text": "x" * 20_000}) + "\n"
    with gzip.open(path, "wt") as file:
        for _ in range(10_000):
            file.write(row)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from engine.datasets.reading import read_rows\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "count = sum(1 for _ in read_rows(Path(sys.argv[1])))\n"
        "print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = map(int, done.stdout.split())
    assert count == 10_000
    assert grown < 50_000  # kB (bytes on macOS, where that is smaller still)
