"""Reading sets in BEIR layout: what is read, and the one line said about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import DataError
from engine.evaluation.beir import load_beir
from tests.evaluation.sets import write_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(
        tmp_path / "small",
        documents={"d1": "def add(a, b): ...", "d2": "def sub(a, b): ...", "d3": ""},
        queries={"q1": "add two numbers", "q2": "subtract", "q3": "never judged"},
        qrels=[("q2", "d2", 3), ("q1", "d1", 2), ("q1", "d2", 0)],
        targets={"q1": "PyTorch"},
        excluded=[("q1", "d3")],
    )


def test_reads_everything(folder: Path) -> None:
    found = load_beir(folder)
    assert found.name == "small"
    assert [document.id for document in found.documents] == ["d1", "d2", "d3"]
    assert found.qrels == {"q1": {"d1": 2, "d2": 0}, "q2": {"d2": 3}}
    assert found.excluded == {"q1": frozenset({"d3"})}
    assert [query.target for query in found.queries] == ["PyTorch", ""]


def test_only_judged_queries_are_kept_in_the_order_of_the_file(folder: Path) -> None:
    assert [query.id for query in load_beir(folder).queries] == ["q1", "q2"]


def test_the_qrels_header_is_optional(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("q1\td1\t1\n")
    assert load_beir(folder).qrels == {"q1": {"d1": 1}}


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_are_read(folder: Path) -> None:
    path = folder / "queries.jsonl"
    text = path.read_text().replace("\n", "\r\n\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [query.id for query in load_beir(folder).queries] == ["q1", "q2"]


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"{name} is missing"):
        load_beir(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither a folder"):
        load_beir(tmp_path / "nowhere")


WRONG = [
    ("corpus.jsonl", '{"_id": "d9", "text": ', "corpus.jsonl, line 4: not valid JSON"),
    ("corpus.jsonl", "[1, 2]", "line 4: expected a JSON object"),
    ("corpus.jsonl", f'{{"_id": {"9" * 5000}}}', "line 4: not valid JSON (a number is too long)"),
    ("queries.jsonl", "[" * 200_000, "line 4: not valid JSON (nested too deeply)"),
    ("corpus.jsonl", '{"text": "x"}', "line 4: the field _id is missing"),
    ("corpus.jsonl", '{"_id": "d9"}', "line 4: the field text is missing"),
    ("corpus.jsonl", '{"_id": "d1", "text": "x"}', "line 4: the _id 'd1' was used before"),
    ("queries.jsonl", '{"_id": "q1", "text": "x"}', "line 4: the _id 'q1' was used before"),
    ("queries.jsonl", '{"_id": "q9", "text": 1}', "line 4: the field text is missing"),
    ("qrels/test.tsv", "q1 d1 1", "line 5: expected query id, corpus id and grade"),
    ("qrels/test.tsv", "q1\td1\thigh", "line 5: the grade 'high' is not a whole number"),
    ("qrels/test.tsv", "q7\td1\t1", "line 5: the query 'q7' is not in queries.jsonl"),
    ("qrels/test.tsv", "q1\td7\t1", "line 5: the document 'd7' is not in corpus.jsonl"),
    ("qrels/test.tsv", "q1\td1\t1", "line 5: 'q1' and 'd1' are judged twice"),
    ("exclude.tsv", "q1\td7", "line 2: the document 'd7' is not in corpus.jsonl"),
    ("exclude.tsv", "q1", "line 2: expected query id and corpus id"),
]


@pytest.mark.parametrize(("name", "line", "message"), WRONG)
def test_a_wrong_line_is_named(folder: Path, name: str, line: str, message: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(DataError) as caught:
        load_beir(folder)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
def test_text_that_is_not_utf8_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b'{"_id": "x", "text": "\xff"}\n')
    with pytest.raises(DataError, match="is not UTF-8 text"):
        load_beir(folder)


def test_an_empty_corpus_and_empty_qrels_are_named(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n")
    with pytest.raises(DataError, match="has no judgements"):
        load_beir(folder)
    (folder / "corpus.jsonl").write_text("")
    with pytest.raises(DataError, match="has no documents"):
        load_beir(folder)
