"""Every format that is published: found by itself, read whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.commands.datasets_arguments import FORMATS as OFFERED
from engine.datasets.formats import FORMATS, open_reader
from engine.datasets.records import Reader, UndecidedError
from engine.errors import DataError
from engine.types_corpora import DatasetRequest
from tests.datasets import samples


def opened(path: Path, **more: object) -> Reader:
    return open_reader(path, DatasetRequest(str(path), **more))  # type: ignore[arg-type]


def counts(reader: Reader) -> tuple[int, int, int]:
    return (
        len(list(reader.documents())),
        len(list(reader.questions())),
        len(list(reader.judged())),
    )


@pytest.mark.parametrize(
    ("write", "name", "expected"),
    [
        (samples.beir, "beir", (4, 3, 4)),
        (samples.coir_pair, "coir", (4, 4, 4)),
        (samples.mteb, "coir", (4, 3, 8)),
        (samples.converted, "coir", (4, 3, 4)),
        (samples.hub_jsonl, "coir", (4, 3, 4)),
        (samples.codesearchnet, "codesearchnet", (3, 2, 2)),
        (samples.challenge, "codesearchnet-challenge", (2, 2, 4)),
        (samples.advtest, "advtest", (2, 2, 2)),
        (samples.cosqa_retrieval, "cosqa", (4, 3, 3)),
        (samples.webquery, "cosqa", (2, 3, 6)),
        (samples.humaneval, "humaneval-x", (6, 3, 6)),
        (samples.translation, "code-translation", (2, 2, 2)),
    ],
)
def test_a_format_is_found_and_read(
    tmp_path: Path, write: Callable[[Path], Path], name: str, expected: tuple[int, int, int]
) -> None:
    reader = opened(write(tmp_path / "set"))
    assert reader.format == name
    assert counts(reader) == expected
    assert counts(reader) == expected  # every method reads anew
    documents = {document.id for document in reader.documents()}
    questions = {question.id for question in reader.questions()}
    for judged in reader.judged():
        assert judged.question in questions
        assert judged.document in documents or not reader.strict


def test_the_command_line_offers_every_format() -> None:
    assert list(OFFERED) == ["auto", *FORMATS]


def test_a_format_that_was_asked_for_is_not_guessed(tmp_path: Path) -> None:
    path = samples.webquery(tmp_path)
    assert opened(path, format="cosqa").format == "cosqa"
    with pytest.raises(DataError, match="does not look like beir"):
        opened(path, format="beir")


@pytest.mark.parametrize("name", ["advtest", "codesearchnet"])
def test_a_question_is_not_in_its_own_answer(tmp_path: Path, name: str) -> None:
    reader = opened(getattr(samples, name)(tmp_path))
    texts = {document.id: document.text for document in reader.documents()}
    questions = {question.id: question.text for question in reader.questions()}
    for judged in reader.judged():
        assert "At length" not in questions[judged.question]
        assert questions[judged.question] not in texts[judged.document]
        assert "return values" in texts[judged.document]


def test_a_function_that_comes_twice_is_one(tmp_path: Path) -> None:
    row = samples.function_row("one", "Do it.", 1)
    reader = opened(samples.write_gz(tmp_path / "python_test_0.jsonl.gz", [row, row]))
    assert counts(reader)[:2] == (1, 1)
    assert reader.notes() == ["1 functions came under a URL that was there already"]


def test_a_split_is_chosen_by_name(tmp_path: Path) -> None:
    reader = opened(samples.codesearchnet(tmp_path), split="train")
    assert [question.text for question in reader.questions()] == ["Do the third thing."]
    with pytest.raises(DataError, match=r"no split dev.*: test, train"):
        opened(tmp_path, split="dev")


def test_several_tasks_are_a_choice(tmp_path: Path) -> None:
    samples.nano(tmp_path)
    with pytest.raises(UndecidedError, match="NanoOther, NanoToy") as raised:
        opened(tmp_path)
    assert raised.value.splits == ("NanoOther", "NanoToy")
    reader = opened(tmp_path, split="NanoToy")
    assert counts(reader) == (4, 3, 3)
    assert {judged.grade for judged in reader.judged()} == {1}
    found = list(reader.ranked())
    assert {ranked.ranker for ranked in found} == {
        "bm25",
        "harrier_oss_v1_270m",
        "reranking_hybrid",
    }
    assert found[0].documents == ("d2", "d1", "d3")


def test_annotations_are_joined_by_url_and_what_has_no_code_is_told(tmp_path: Path) -> None:
    reader = opened(samples.challenge(tmp_path))
    documents = {document.id for document in reader.documents()}
    grades = {
        (judged.question, judged.document): judged.grade
        for judged in reader.judged()
        if judged.document in documents
    }
    assert sorted(grades.values()) == [0, 1, 3]  # the mean of 3 and 2 is 2.5, rounded up
    assert reader.notes()[0] == "2 of 3 annotated functions have code here"


def test_annotations_without_code_say_what_is_missing(tmp_path: Path) -> None:
    samples.challenge(tmp_path)
    (tmp_path / "python_test_0.jsonl.gz").unlink()
    with pytest.raises(DataError, match="holds no code"):
        opened(tmp_path)


def test_humaneval_asks_in_code_or_in_words(tmp_path: Path) -> None:
    samples.humaneval(tmp_path)
    in_words = opened(tmp_path, split="words")
    assert next(iter(in_words.questions())).text == "Add 0 to x."
    assert counts(in_words) == (9, 3, 9)
    alone = opened(tmp_path / "humanevalx_go.jsonl.gz")
    assert counts(alone) == (6, 3, 6)


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet", "jsonl.gz"])
def test_a_table_is_read_whatever_it_is_kept_in(tmp_path: Path, kind: str) -> None:
    rows = [
        {"snippet": "a = 1", "intent": "set a", "number": 7},
        {"snippet": "b = 2", "intent": "set b", "number": 8},
        {"snippet": "a = 1", "intent": "make a one", "number": 9},
    ]
    write = {
        "jsonl": samples.write_jsonl,
        "json": samples.write_json,
        "csv": samples.write_csv,
        "parquet": samples.write_parquet,
        "jsonl.gz": samples.write_gz,
    }[kind]
    path = write(tmp_path / f"table.{kind}", rows)  # type: ignore[operator]
    reader = opened(path, columns={"query_id": "number"})
    assert reader.mapping == {"query_id": "number", "text": "snippet", "query": "intent"}
    assert [d.text for d in reader.documents()] == ["a = 1", "b = 2"]
    assert [q.id for q in reader.questions()] == ["7", "8", "9"]
    assert [(j.question, j.document, j.grade) for j in reader.judged()] == [
        ("7", "row-1", 1),
        ("8", "row-2", 1),
        ("9", "row-1", 1),
    ]


def test_a_table_asks_what_its_columns_are(tmp_path: Path) -> None:
    path = samples.write_jsonl(tmp_path / "t.jsonl", [{"left": "a = 1", "right": ["x", "y"]}])
    with pytest.raises(UndecidedError, match="left, right") as raised:
        opened(path)
    assert raised.value.columns == ("left", "right")
    reader = opened(path, columns={"text": "right", "query": "left"})
    assert counts(reader) == (2, 1, 2)
    with pytest.raises(DataError, match="no column middle"):
        opened(path, columns={"text": "middle"})
    with pytest.raises(DataError, match="cannot be colour"):
        opened(path, columns={"colour": "left"})


def test_a_table_without_names_has_numbers(tmp_path: Path) -> None:
    path = tmp_path / "codenn.txt"
    path.write_text("1\tread it\tx = 1\\ny = 2\n2\twrite it\tz = 3\n", encoding="utf-8")
    with pytest.raises(UndecidedError, match=r"1 \(1\), 2 \(read it\), 3 \(x = 1"):
        opened(path)
    reader = opened(path, columns={"query": "2", "text": "3"})
    assert [d.text for d in reader.documents()] == ["x = 1\ny = 2", "z = 3"]


def test_a_stream_of_tokens_becomes_a_program(tmp_path: Path) -> None:
    row = {"java": "f ( ) ;", "python": ["def f ( x ) : NEW_LINE INDENT return x NEW_LINE DEDENT"]}
    path = samples.write_jsonl(tmp_path / "avatar.jsonl", [row])
    reader = opened(path, columns={"query": "java", "text": "python"})
    assert [d.text for d in reader.documents()] == ["def f(x) :\n    return x"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "code,query\ncaf\xe9,x\n".encode("latin-1"), "not UTF-8"),
        ("a.csv", b"code,query\nx,y,z\n", "not as many fields"),
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", b'{"code": ', "not valid JSON"),
    ],
)
def test_a_file_without_a_row_says_why(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says) as raised:
        opened(tmp_path / name)
    assert name in str(raised.value)


@pytest.mark.parametrize("grade", ["1e30", "99999999999999999999", "inf"])
def test_a_grade_beyond_all_scales_is_an_error(tmp_path: Path, grade: str) -> None:
    folder = samples.beir(tmp_path / "set")
    qrels = folder / "qrels" / "test.tsv"
    qrels.write_text(qrels.read_text() + f"q1\td3\t{grade}\n")
    with pytest.raises(DataError, match="grade"):
        counts(opened(folder))


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: (folder / "queries.jsonl").unlink(), "queries.jsonl is missing"),
        (lambda folder: (folder / "qrels" / "test.tsv").unlink(), "no format|half"),
        (lambda folder: (folder / "corpus.jsonl.part").touch(), "half downloaded"),
        (
            lambda folder: (folder / "corpus.jsonl").write_bytes(
                (folder / "corpus.jsonl").read_bytes()[:-30]
            ),
            "line 4: not valid JSON.*cut short",
        ),
        (
            lambda folder: (folder / "corpus.jsonl").write_bytes(b"\xff\xfe\x00 not text"),
            "UTF-8|not valid",
        ),
    ],
)
def test_a_broken_folder_is_one_clear_line(
    tmp_path: Path, break_it: Callable[[Path], object], says: str
) -> None:
    folder = samples.beir(tmp_path / "set")
    break_it(folder)
    with pytest.raises(DataError, match=says) as raised:
        counts(opened(folder))
    assert "\n" not in str(raised.value)


def test_a_hub_folder_without_its_qrels_is_half_downloaded(tmp_path: Path) -> None:
    samples.mteb(tmp_path)
    for config in ("qrels", "data"):
        (tmp_path / config / "test-00000-of-00001.parquet").unlink()
    with pytest.raises(DataError, match=r"no qrels.*half downloaded"):
        opened(tmp_path)


def test_nothing_to_read_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file or folder"):
        opened(tmp_path / "nowhere")
    (tmp_path / "notes.md").write_text("# hello", encoding="utf-8")
    with pytest.raises(DataError, match="no JSON lines, JSON, CSV or Parquet"):
        opened(tmp_path)
