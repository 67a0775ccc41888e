"""Judging from the command line: queues, answers, agreement, files; one line for each mistake."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import main
from engine.commands.judge_queue import _print_candidate
from engine.engine import Engine
from engine.errors import DataError
from engine.judgements.queue_store import QueueStore
from engine.judgements.store import JudgementStore
from engine.paths import Paths
from engine.types import Chunk, Grade, Query, QueryKind
from engine.types_judging import Candidate, QueueView, Standing, Verdict

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str, home: str = "home") -> tuple[int, str, str]:
        code = main(["--basedir", str(tmp_path / home), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def queue(run: Run) -> str:
    code, _, err = run(
        *("judge", "new", "first", "--corpus", "sample", "--runs", "bm25", "--depth", "5"),
        *("--text", "scaled dot product attention", "--text", "clip gradients by norm"),
        *("--repeats", "0"),
    )
    assert code == 0, err
    return "first"


def test_a_queue_is_made_listed_and_judged(run: Run, queue: str) -> None:
    (info,) = json.loads(run("judge", "queues", "--json")[1])["queues"]
    assert (info["name"], info["queries"], info["runs"]) == (queue, 2, ["bm25"])
    code, out, _ = run("judge", "answer", queue, "--grade", "2", "--judge", "ada", "--json")
    shown = json.loads(out)
    assert (code, shown["standing"]["done"], shown["left"]) == (0, 1, info["candidates"] - 1)
    for mark in ("--skip", "--cannot-tell"):
        assert run("judge", "answer", queue, mark, "--judge", "ada")[0] == 0
    standing = json.loads(run("judge", "next", queue, "--judge", "ada", "--json")[1])["standing"]
    assert (standing["done"], standing["skipped"]) == (2, 1)
    code, _, err = run("judge", "undo", queue, "--judge", "ada")
    assert (code, "cannot tell" in err) == (0, True)


def test_working_at_the_terminal(run: Run, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = "3\nn\nwhy\n1\ns\nb\n0\nu\nx\nb\nf\na\nq\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(keys))
    code, out, err = run("judge", "work", queue, "--judge", "ada")
    assert code == 0, err
    back, forward, after_agreement = map(int, re.findall(r"place (\d+)", out)[-3:])
    assert back < forward == after_agreement
    assert "Krippendorff's alpha" in out
    assert "query 1 of 2" in out
    kept = json.loads(run("judgements", "--json")[1])["judgements"]
    assert [(j["grade"], j["note"]) for j in kept] == [(3, ""), (1, "why")]


def test_the_time_that_is_left_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    query = Query("read a file", "sample")
    chunk = Chunk("c", "f.py", "", 1, 1, "function", "f", "Python", (), "def f(): 0")
    candidate = Candidate(0, query, None, chunk)
    standing = Standing(done=2, total=12, query=1, queries=1, seconds_each=2.5)
    view = QueueView("first", "ada", standing, (candidate,), "")
    _print_candidate(view, candidate)
    assert "10 left, 25 s" in capsys.readouterr().out


def test_what_is_said_before_the_command_holds(run: Run, queue: str, tmp_path: Path) -> None:
    assert run("judge", "--judge", "ada", "--note", "n", "answer", queue, "--grade", "2")[0] == 0
    (kept,) = json.loads(run("judgements", "--json")[1])["judgements"]
    assert (kept["judge"], kept["note"]) == ("ada", "n")
    out = str(tmp_path / "out.jsonl")
    assert run("judgements", "--corpus", "sample", "export", out)[0] == 0
    code, _, err = run("judgements", "--corpus", "elsewhere", "export", out)
    assert (code, "nothing is judged of a corpus elsewhere" in err) == (1, True)


def test_a_note_belongs_to_what_it_was_typed_at(
    run: Run, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("3\nn\nsecond\nb\n2\n1\nn\nthird\nq\n"))
    code, _, err = run("judge", "work", queue, "--judge", "ada")
    kept = json.loads(run("judgements", "--json")[1])["judgements"]
    assert (code, [(one["grade"], one["note"]) for one in kept]) == (0, [(2, ""), (1, "second")])
    assert err.splitlines()[-1] == "not kept, since no grade came after it: third"


def test_two_digits_are_no_grade(run: Run, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("10\n33\n2 strong\nskip it\nq\n"))
    assert run("judge", "work", queue, "--judge", "ada")[0] == 0
    kept = json.loads(run("judgements", "--json")[1])["judgements"]
    assert [one["grade"] for one in kept] == [2]


def test_a_queue_goes_on_when_another_one_is_removed(run: Run, queue: str, tmp_path: Path) -> None:
    new = ("judge", "new", "second", "--corpus", "sample", "--runs", "bm25", "--text", "x")
    assert run(*new)[0] == 0
    engine = Engine(Paths.default(tmp_path / "home"))
    slot = engine.open_queue(queue, "ada").upcoming[0].slot
    engine.remove_queue("second")
    assert engine.answer(Verdict(slot, Grade.STRONG)).standing.done == 1
    engine.remove_queue(queue)
    with pytest.raises(DataError, match="no queue is open"):
        engine.undo_answer()
    engine.close()


def test_two_people_agree_or_not(run: Run, queue: str, tmp_path: Path) -> None:
    for _ in range(4):
        run("judge", "answer", queue, "--grade", "3", "--judge", "ada")
    out = tmp_path / "ada.jsonl"
    assert run("judgements", "export", str(out))[0] == 0
    assert run("judgements", "import", str(out), home="grace")[0] == 0
    view = json.loads(run("judge", "next", queue, "--judge", "ada", "--json", home="grace")[1])
    assert view["standing"]["done"] == 4
    while json.loads(run("judge", "next", queue, "--judge", "g", "--json", home="grace")[1])[
        "upcoming"
    ]:
        run("judge", "answer", queue, "--grade", "0", "--judge", "g", home="grace")
    report = json.loads(run("judgements", "agreement", "--json", home="grace")[1])
    assert (report["items"], report["disagreements"]) == (4, 4)
    assert report["pairs"][0]["equal"] == 0.0
    found = json.loads(run("judgements", "disagreements", "--json", home="grace")[1])
    first = found["disagreements"][0]
    assert run("judgements", "settle", str(first["id"]), "--grade", "1", home="grace")[0] == 0
    left = json.loads(run("judgements", "disagreements", "--json", home="grace")[1])
    assert len(left["disagreements"]) == 3
    assert "ada and g: 4 in common" in run("judgements", "agreement", home="grace")[1]


@pytest.mark.parametrize("name", ["out.csv", "out.qrels", "beir"])
def test_export_and_import(run: Run, queue: str, tmp_path: Path, name: str) -> None:
    for grade in "0123":
        run("judge", "answer", queue, "--grade", grade, "--judge", "ada")
    place = str(tmp_path / name)
    done = json.loads(run("judgements", "export", place, "--json")[1])
    assert done["judgements"] == 4
    merged = json.loads(
        run("judgements", "import", place, "--judge", "ada", "--json", home="other")[1]
    )
    assert merged["added"] == 4
    kept = json.loads(run("judgements", "--json", home="other")[1])["judgements"]
    assert sorted(j["grade"] for j in kept) == [0, 1, 2, 3]


def test_the_runs_of_a_pool(run: Run, queue: str, tmp_path: Path) -> None:
    place = tmp_path / "runs"
    code, _, err = run("judgements", "export", str(place), "--format", "runs", "--queue", queue)
    assert code == 0, err
    lines = (place / "bm25.run").read_text("utf-8").splitlines()
    assert all(len(line.split()) == 6 for line in lines)
    assert [line.split()[3] for line in lines][:3] == ["1", "2", "3"]


def test_queries_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text('{"text": "beam search"}\n{"query": "dropout", "target": "JAX"}\n', "utf-8")
    new = ("judge", "new", "q", "--corpus", "sample", "--runs", "bm25", "--queries")
    assert run(*new, str(file))[0] == 0
    file.write_text('{"text": 3}\n', "utf-8")
    code, _, err = run(*new, str(file))
    assert (code, "line 1: there is no text in it" in err) == (1, True)


def test_guidelines_of_a_file_that_an_editor_has_marked(
    run: Run, queue: str, tmp_path: Path
) -> None:
    file = tmp_path / "ours.md"
    file.write_text("# Ours\n", "utf-8-sig")
    code, out, err = run("judge", "guidelines", queue, "--set", str(file))
    assert (code, out) == (0, "# Ours\n\n"), err


def test_a_file_that_is_not_what_it_says_is_one_line(run: Run, tmp_path: Path) -> None:
    new = ("judge", "new", "q", "--corpus", "sample", "--runs", "bm25", "--queries")
    table, latin = tmp_path / "queries.csv", tmp_path / "queries.txt"
    table.write_text('text\n"a, ""b\n', "utf-8")
    code, _, err = run(*new, str(table))
    assert (code, "check its quotes" in err) == (1, True)
    latin.write_bytes("beam search\ncafé\n".encode("latin-1"))
    code, _, err = run(*new, str(latin))
    assert (code, "line 2: not UTF-8" in err) == (1, True)
    assert "no queue yet" in run("judge", "queues")[2]


def test_a_queue_without_a_candidate_is_none(run: Run) -> None:
    new = ("judge", "new", "q", "--corpus", "sample", "--runs", "bm25", "--text")
    code, _, err = run(*new, "zzzyyyxxx")
    assert (code, "nothing was found in sample" in err) == (1, True)
    assert "no queue yet" in run("judge", "queues")[2]
    assert run(*new, "beam search")[0] == 0
    assert run(*new, "zzzyyyxxx")[0] == 0  # the queue has others


def test_what_was_said_of_a_pool_stays_when_queries_are_added(run: Run, tmp_path: Path) -> None:
    new = ("judge", "new", "q", "--corpus", "sample", "--runs", "bm25", "--json", "--text")
    assert run(*new, "beam search")[0] == 0
    with JudgementStore(Paths.default(tmp_path / "home").store) as store:
        QueueStore(store.database).set("q", "notes", '["said before"]')
    (info,) = json.loads(run(*new, "qqqzzzq")[1])["queues"]
    assert info["notes"] == ["said before", "some queries found nothing and are left out"]


def test_a_queue_says_that_queries_were_pooled_otherwise(run: Run, queue: str) -> None:
    new = ("judge", "new", queue, "--corpus", "sample", "--runs", "bm25", "--json", "--text")
    (info,) = json.loads(run(*new, "beam search", "--depth", "5")[1])["queues"]
    assert info["notes"] == []
    (info,) = json.loads(run(*new, "layer norm", "--depth", "3")[1])["queues"]
    assert (info["depth"], info["notes"]) == (5, ["queries added later are pooled of bm25 to 3"])


def test_the_history_of_a_corpus(run: Run, tmp_path: Path) -> None:
    assert run("search", "--text", "beam search", "--rerank", "0")[0] == 0
    with JudgementStore(Paths(tmp_path / "home").store) as store:
        for number in range(20):
            store.remember_query(Query(f"query {number}", "another"))
    new = ("judge", "new", "q", "--corpus", "sample", "--runs", "bm25", "--json")
    (info,) = json.loads(run(*new, "--history", "5")[1])["queues"]
    assert info["queries"] == 1
    with JudgementStore(Paths(tmp_path / "home").store) as store:
        (found,) = store.recent_queries(5, "sample")
    assert (found.text, found.kind) == ("beam search", QueryKind.WORDS)


def test_nothing_judged_writes_no_file(run: Run, queue: str, tmp_path: Path) -> None:
    out = tmp_path / "negatives.jsonl"
    out.write_text("good\n", "utf-8")
    code, _, err = run("negatives", "mine", "--out", str(out))
    assert (code, "nothing is judged yet" in err) == (1, True)
    assert run("judge", "answer", queue, "--grade", "0", "--judge", "ada")[0] == 0
    for more, words in (
        ((), "no row to write"),
        (("--corpus", "nobody"), "no corpus named nobody"),
    ):
        code, _, err = run("negatives", "mine", "--out", str(out), *more)
        assert (code, words in err.splitlines()[-1]) == (1, True)
    assert out.read_text("utf-8") == "good\n"
    code, _, err = run("negatives", "mine", "--out", str(out / "x.jsonl"))
    assert (code, "cannot write" in err.splitlines()[-1]) == (1, True)


def test_a_name_that_is_no_text_is_kept_as_one(run: Run) -> None:
    assert run("judge", "name", "ada\udcff")[0] == 0
    new = ("--corpus", "sample", "--runs", "bm25", "--text", "attention")
    assert run("judge", "new", "q\udcff", *new)[0] == 0
    assert run("judge", "new", "q\udcff", *new)[0] == 0  # the same one
    assert run("judge", "answer", "q\udcff", "--grade", "2")[0] == 0
    (kept,) = json.loads(run("judgements", "--json")[1])["judgements"]
    assert kept["judge"] == "ada?"
    assert run("judge", "remove", "q?")[0] == 0


def test_the_name_of_the_judge(run: Run, queue: str) -> None:
    assert run("judge", "name", "ada")[0] == 0
    assert run("judge", "name")[1].strip() == "ada"
    run("judge", "answer", queue, "--grade", "2")
    (kept,) = json.loads(run("judgements", "--json")[1])["judgements"]
    assert kept["judge"] == "ada"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("judge", "queues"), "no queue yet"),
        (("judgements",), "nothing is judged yet"),
        (("judgements", "disagreements"), "no disagreement"),
        (("models", "versions"), "no version yet"),
    ],
)
def test_an_empty_list_says_so(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (0, "")
    assert err.startswith(words) and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("judge", "next", "none"), "no queue named none"),
        (("judge", "next", "\udcff"), "no queue named"),  # no UTF-8 in a terminal of Linux
        (("judge", "remove", "\udcff"), "no queue named"),
        (("judgements", "export", "x", "--format", "runs", "--queue", "\udcff"), "no queue named"),
        (("judge", "name", "settled"), "cannot be a judge's name"),
        (("judge", "new", "q", "--corpus", "sample", "--text", "x", "--runs", "magic"), "pool is"),
        (("judge", "new", "q", "--corpus", "sample", "--text", "x", "--depth", "0"), "depth"),
        (("judge", "new", "q", "--corpus", "none", "--text", "x", "--runs", "bm25"), "none"),
        (("judge", "new", "q", "--corpus", "sample", "--history", "5"), "no queries to judge"),
        (("judgements", "import", "/nowhere"), "there is no /nowhere"),
        (("judgements", "import", "~no-such-user/x"), "the home of a user who is not here"),
        (("judgements", "export", "~no-such-user/x"), "the home of a user who is not here"),
        (("models", "import", "~no-such-user/x"), "the home of a user who is not here"),
        (("--basedir", "~no-such-user", "judge", "queues"), "the home of a user who is not here"),
        (
            ("models", "use", "~no-such-user/x", "--role", "encoder"),
            "no model folder at ~no-such-user/x",
        ),
        (("models", "use", "x" * 300, "--role", "encoder"), "no model folder at xxx"),
        (("judgements", "settle", "5", "--grade", "1"), "no judgement 5"),
        (("judge", "new", "q", "--corpus", "sample", "--text", "  "), "is empty"),
        (
            ("train", "--from-judgements", "--outlook", "--corpus", "nobody"),
            "no corpus named nobody",
        ),
        (("train", "--from-judgements", "--outlook", "--learning-rate", "nan"), "learning rate"),
        (("train", "--from-judgements", "--outlook", "--seed", "9" * 23), "seed"),
        (("negatives", "mine", "--range-min", "9", "--range-max", "3"), "range_min"),
        (("models", "activate", "nothing"), "no version nothing"),
    ],
)
def test_mistakes_are_one_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert words in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "{}", "--judge", "nobody"), "known are: ada"),
        (("export", "{}", "--corpus", "nope"), "judged are: sample"),
        (("agreement", "--judge", "nobody"), "known are: ada"),
        (("disagreements", "--judge", "ada", "--judge", "nobody"), "known are: ada"),
        (("--corpus", "nope"), "judged are: sample"),
        (("agreement", "--corpus", "nope"), "judged are: sample"),
        (("disagreements", "--corpus", "nope"), "judged are: sample"),
        (("settle", "9" * 23, "--grade", "2"), "so large a number"),
        (("export", ".", "--format", "csv"), ". is a folder; name a file in it"),
        (("export", "/", "--format", "qrels"), "/ is a folder; name a file in it"),
        (("import", ".", "--format", "qrels", "--judge", "x"), ". is a folder"),
        (("export", "{}/x.jsonl"), "is a file, not a folder"),
        (("export", "{}/x/y/z.csv"), "is a file, not a folder"),
        (("export", "x" * 300 + ".jsonl"), "choose a shorter one"),
        (("import", "x" * 300 + ".jsonl"), "give a file or folder"),
    ],
)
def test_what_nobody_knows_is_one_line(
    run: Run, queue: str, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text("of before", "utf-8")
    run("judge", "answer", queue, "--grade", "2", "--judge", "ada")
    code, out, err = run("judgements", *(one.format(kept) for one in arguments))
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert words in err
    assert kept.read_text("utf-8") == "of before"


@pytest.mark.parametrize("name", ["kept.jsonl", "kept.csv", "kept.qrels"])
def test_an_export_of_nothing_leaves_the_file(run: Run, tmp_path: Path, name: str) -> None:
    kept = tmp_path / name
    kept.write_text("of before", "utf-8")
    code, _, err = run("judgements", "export", str(kept))
    assert (code, "nothing is judged" in err) == (1, True)
    assert [path.name for path in tmp_path.glob("kept*")] == [name]
    assert kept.read_text("utf-8") == "of before"


def test_a_corpus_of_which_nothing_is_judged_is_no_mistake(run: Run) -> None:
    code, out, err = run("judgements", "--corpus", "sample")
    assert (code, out) == (0, "")
    assert "nothing is judged yet" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("judge", "--corpus", "sample", "--query", "x", "--chunk", "1"),
        ("judge", "answer", "q"),
        ("train", "encoder"),
        ("train", "encoder", "--from-judgements"),
        ("train", "--from-judgements", "--outlook", "--threads", "1"),
        ("train", "encoder", "--run", "r", "--groups", "g", "--steps", "5"),
        ("train", "encoder", "--run", "r", "--groups", "g", "--num-negatives", "5", "--no-sample"),
        ("judge", "new", "q", "--corpus", "sample", "--text", "x", "--limit", "-1"),
        ("judge", "new", "q", "--corpus", "sample", "--history", "9" * 23),
        ("judgements", "disagreements", "--limit", "-1"),
        ("negatives",),
        ("negatives", "mine", "--show", "-1"),
    ],
)
def test_usage(run: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2


def test_the_input_may_end_at_a_note(run: Run, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, _, err = run("judge", "work", queue, "--judge", "ada")
    assert (code, "Traceback" in err) == (0, False)


def test_guidelines_of_an_empty_file_are_refused(run: Run, queue: str, tmp_path: Path) -> None:
    empty = tmp_path / "ours.md"
    empty.touch()
    before = run("judge", "guidelines", queue)[1]
    code, _, err = run("judge", "guidelines", queue, "--set", str(empty))
    assert (code, err.splitlines()[-1]) == (1, f"counterpart: {empty} is empty; give a text")
    assert run("judge", "guidelines", queue)[1] == before
