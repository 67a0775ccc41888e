"""Qrels and BEIR folders: what they keep, and what of a damaged one is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import DataError, DiskError
from engine.job import run_to_end
from engine.judgements.exchange import doors, labelled, trec
from engine.judgements.store import JudgementStore
from engine.types import Grade, QueryKind
from engine.types_judging import Merged
from tests.judgements.drafts import draft
from tests.judgements.exchanging import lines_of, pass_on, stores, write_lines
from tests.judgements.queues import make

HEADER = "query-id\tcorpus-id\tscore\n"


def folder_of(place: Path, qrels: str, **query: object) -> Path:
    """A BEIR folder of one query and two documents."""
    (place / "qrels").mkdir(parents=True)
    (place / "qrels" / "test.tsv").write_text(qrels, "utf-8")
    row = {"_id": "q1", "text": "read a file", "corpus": "theirs", **query}
    (place / "queries.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    rows = [{"_id": name, "text": f"def {name}(): 0"} for name in ("d1", "d2")]
    write_lines(place / "corpus.jsonl", rows)
    return place


def merge(store: JudgementStore, folder: Path, corpus: str = "") -> Merged:
    return run_to_end(doors.merge(store, folder, corpus=corpus, judge="zed"))


@pytest.mark.parametrize("name", ["out.qrels", "folder"])
def test_a_text_that_moved_is_one_document(name: str) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(Grade.EXACT, chunk_id="id1"), "ada")
        first.judge(draft(Grade.WEAK, chunk_id="id2"), "grace")
        merged = pass_on(first, second, folder / name, judge="zed")
        assert (merged.added, merged.updated) == (1, 0)
        assert merge(second, folder / name).unchanged == 1
        (grades,) = labelled.collect(first.database).qrels.values()
        assert grades == {"id1": 1}
        (grades,) = labelled.collect(first.database, judges=("grace",)).qrels.values()
        assert grades == {"id1": 1}


def test_runs_have_the_ids_of_qrels(tmp_path: Path) -> None:
    with stores(1) as ((store, folder),):
        store.judge(draft(text="def f0_0(): 0", chunk_id="before it moved"), "ada")
        make(store, queries=1, candidates=2)
        run_to_end(doors.export(store, folder / "runs", "runs", queue="q"))
        lines = (folder / "runs" / "bm25.run").read_text("utf-8").splitlines()
        assert [line.split()[2] for line in lines] == ["pct:before%20it%20moved", "f0_1"]


@pytest.mark.parametrize("name", ["out.qrels", "folder"])
def test_the_filters_of_a_query_survive(name: str) -> None:
    with stores() as ((first, folder), (second, _)):
        one = draft()
        query = replace(one.query, language="Python", path="*.py")
        first.judge(replace(one, query=query), "ada")
        pass_on(first, second, folder / name, judge="ada")
        kept = [
            next(iter(store.database.query("SELECT query_filters FROM judgements")))
            for store in (first, second)
        ]
        assert kept[0] == kept[1]


def test_a_folder_from_elsewhere_takes_a_corpus(tmp_path: Path) -> None:
    with stores(1) as ((store, _),):
        folder = folder_of(tmp_path / "a", f"{HEADER}q1\td1\t3\nq1\td2\t0\n", corpus=None)
        with pytest.raises(DataError, match="--corpus"):
            merge(store, folder)
        assert store.count() == 0
        assert merge(store, folder, "sample").added == 2
        assert {one.corpus for one in store.judgements()} == {"sample"}


IDS = ["pct:a%20b", "pct:x", "pct:", "a b", "pct:pct:"]


@pytest.mark.parametrize("name", ["out.qrels", "folder"])
def test_ids_from_elsewhere_survive_whatever_they_begin_with(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "qrels").mkdir(parents=True)
    rows = [{"_id": id_, "text": f"def f{number}(): 0"} for number, id_ in enumerate(IDS)]
    write_lines(theirs / "corpus.jsonl", rows)
    queries = [{"_id": id_, "text": f"read file {n}"} for n, id_ in enumerate(IDS)]
    write_lines(theirs / "queries.jsonl", queries)
    lines = [f"{id_}\t{id_}\t{number % 4}\n" for number, id_ in enumerate(IDS)]
    (theirs / "qrels" / "test.tsv").write_text(HEADER + "".join(lines), "utf-8")
    with stores() as ((first, folder), (second, _)):
        assert merge(first, theirs, "sample").added == len(IDS)
        pass_on(first, second, folder / name, judge="zed")
        for store in (first, second):
            assert {(one.chunk_id, int(one.grade)) for one in store.judgements()} == {
                (id_, number % 4) for number, id_ in enumerate(IDS)
            }


QUERY_IDS = ["https://x.org/q?a=1&b=%20#c", 'a\ttab and "quotes"', " blanks ", "pct:x", "7"]


def named_folder(place: Path, ids: list[str]) -> Path:
    """A BEIR folder whose queries have these ids, each with a document of its own."""
    (place / "qrels").mkdir(parents=True)
    queries = [{"_id": id_, "text": f"read file {n}"} for n, id_ in enumerate(ids)]
    write_lines(place / "queries.jsonl", queries)
    rows = [{"_id": f"d{n}", "text": f"def f{n}(): 0"} for n in range(len(ids))]
    write_lines(place / "corpus.jsonl", rows)
    lines = (f"{trec.encode_id(id_)}\td{n}\t3\n" for n, id_ in enumerate(ids))
    (place / "qrels" / "test.tsv").write_text(HEADER + "".join(lines), "utf-8")
    return place


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.qrels", "folder"])
def test_a_query_keeps_the_id_that_it_came_with(tmp_path: Path, name: str) -> None:
    with stores() as ((first, folder), (second, _)):
        merge(first, named_folder(tmp_path / "theirs", QUERY_IDS), "sample")
        pass_on(first, second, folder / name, judge="zed")
        wanted = {id_: {f"d{n}": 3} for n, id_ in enumerate(QUERY_IDS)}
        for store in (first, second):
            assert labelled.collect(store.database).qrels == wanted


def test_runs_and_qrels_name_a_query_alike(tmp_path: Path) -> None:
    with stores(1) as ((store, folder),):
        make(store, queries=1, candidates=1)
        (query,) = store.database.execute("SELECT text FROM queue_queries").fetchone()
        theirs = named_folder(tmp_path / "theirs", ["topic 1"])
        write_lines(theirs / "queries.jsonl", [{"_id": "topic 1", "text": query}])
        merge(store, theirs, "sample")
        run_to_end(doors.export(store, folder / "runs", "runs", queue="q"))
        run = (folder / "runs" / "bm25.run").read_text("utf-8")
        assert run.split()[0] == "pct:topic%201"


def test_queries_of_two_sets_with_one_id_stay_apart(tmp_path: Path) -> None:
    with stores(1) as ((store, _),):
        for corpus in ("one", "two"):
            merge(store, named_folder(tmp_path / corpus, ["1"]), corpus)
        first, second = labelled.collect(store.database).qrels
        assert first == "1"
        assert second.startswith("1#")


def test_an_id_of_a_query_that_is_no_text_is_said(tmp_path: Path) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(), "ada")
        run_to_end(doors.export(first, folder / "a.jsonl"))
        lines = lines_of(folder / "a.jsonl")
        write_lines(folder / "a.jsonl", [lines[0], {**lines[1], "query_id": 7}])
        with pytest.raises(DataError, match="line 2: not a judgement"):
            run_to_end(doors.merge(second, folder / "a.jsonl"))


@pytest.mark.parametrize("grades", [(1, 3), (3, 1)])
def test_of_two_documents_with_one_text_the_better_grade_counts(
    tmp_path: Path, grades: tuple[int, int]
) -> None:
    with stores(1) as ((store, _),):
        theirs = folder_of(tmp_path / "a", f"{HEADER}q1\td1\t{grades[0]}\nq1\td2\t{grades[1]}\n")
        write_lines(
            theirs / "corpus.jsonl", [{"_id": d, "text": "def f(): 0"} for d in ("d1", "d2")]
        )
        done = merge(store, theirs)
        assert (done.added, done.updated) == (1, 0)
        assert any("better grade" in line for line in done.notes)
        (kept,) = store.judgements()
        assert kept.grade is Grade.EXACT
        again = merge(store, theirs)
        assert (again.added, again.updated, again.unchanged) == (0, 0, 1)


def test_an_id_that_only_begins_as_an_encoded_one_leaves_as_it_is() -> None:
    with stores(1) as ((store, folder),):
        store.judge(draft(chunk_id="pct:x"), "ada")
        for name in ("out.qrels", "set"):
            run_to_end(doors.export(store, folder / name))
        assert folder.joinpath("out.qrels").read_text("utf-8").split()[2] == "pct:x"
        assert json.loads((folder / "set" / "corpus.jsonl").read_text("utf-8"))["_id"] == "pct:x"


@pytest.mark.parametrize(
    ("qrels", "words"),
    [
        ("q1\td1\t--3\n", "line 1: expected query id"),
        (f"q1\td1\t{'9' * 5000}\n", "line 1: expected query id"),
        ("q1 0 d1 3\n", "line 1: expected query id"),
        (HEADER, "holds no judgements"),
        ("", "holds no judgements"),
        (f"{HEADER}\nq1\td1\t3\nq1\td1\t0\n", "line 4: 'd1' was graded 3 before"),
        (f"{HEADER}q1\td1\t3\nq1\td2\n", "line 3: expected query id"),
    ],
)
def test_wrong_qrels_of_a_folder_are_said_in_a_line(tmp_path: Path, qrels: str, words: str) -> None:
    with stores(1) as ((store, _),):
        with pytest.raises(DataError, match=words):
            merge(store, folder_of(tmp_path / "a", qrels))
        assert store.count() == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"kind": "question"}, "'q1' is damaged"),
        ({"kind": [1]}, "'q1' is damaged"),
        ({"filters": {"path": 3}}, "'q1' is damaged"),
        ({"corpus": 3}, "'q1' is damaged"),
        ({"text": "  "}, "'q1' is judged and has no text"),
    ],
)
def test_a_wrong_query_of_a_folder_is_said_in_a_line(
    tmp_path: Path, query: dict[str, object], words: str
) -> None:
    with stores(1) as ((store, _),):
        with pytest.raises(DataError, match=words):
            merge(store, folder_of(tmp_path / "a", "q1\td1\t3\n", **query))
        assert store.count() == 0


def test_a_target_of_somebody_elses_is_none(tmp_path: Path) -> None:
    with stores(1) as ((store, _),):
        merge(store, folder_of(tmp_path / "a", "q1\td1\t3\n", target=["x"]))
        (kept,) = store.judgements()
        assert kept.query_kind == QueryKind.WORDS


@pytest.mark.parametrize("line", [10**30, -1, "x"])
def test_a_damaged_document_changes_nothing(line: object) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(text="one", chunk_id="1"), "ada")
        first.judge(draft(text="two", chunk_id="2"), "ada")
        run_to_end(doors.export(first, folder / "a"))
        rows = lines_of(folder / "a" / "corpus.jsonl")
        rows[1]["chunk"]["start_line"] = line
        write_lines(folder / "a" / "corpus.jsonl", rows)
        with pytest.raises(DataError, match="'2' is damaged"):
            merge(second, folder / "a")
        assert second.count() == 0


def test_an_export_does_not_take_the_place_of_a_data_set(tmp_path: Path) -> None:
    with stores(1) as ((store, folder),):
        store.judge(draft(Grade.EXACT), "ada")
        theirs = folder_of(folder / "theirs", HEADER + "q1\td1\t1\n")
        before = {path: path.read_bytes() for path in theirs.rglob("*") if path.is_file()}
        with pytest.raises(DataError, match="holds a data set that no export made"):
            run_to_end(doors.export(store, theirs, "beir"))
        assert {path: path.read_bytes() for path in theirs.rglob("*") if path.is_file()} == before
        for _ in range(2):  # its own it does
            run_to_end(doors.export(store, folder / "ours", "beir"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a full device")
@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_a_full_disk_of_an_export_is_not_blamed_on_the_store(name: str) -> None:
    with stores(1) as ((store, _),):
        store.judge(draft(Grade.EXACT), "ada")
        with pytest.raises(DiskError, match="cannot write /dev/full: No space left"):
            run_to_end(doors.export(store, Path("/dev/full"), name))
