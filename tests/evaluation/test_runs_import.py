"""A TREC run of another system among the stored runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import DataError
from engine.evaluation.beir import load_beir
from engine.evaluation.runs import RunStore
from engine.evaluation.runs_import import importing
from engine.job import run_to_end
from engine.types import Progress
from tests.datasets import samples
from tests.evaluation.test_commands import Run, folder, run

__all__ = ["folder", "run"]  # fixtures

OTHER = """\
q1 Q0 d2 1 9.5 theirs
q1 Q0 d3 2 7 theirs
q1 Q0 d1 3 8 theirs
q2 Q0 d4 1 1 theirs
q9 Q0 d1 1 1 theirs
"""


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.trec"
    path.write_text(OTHER, encoding="utf-8")
    return path


def test_another_systems_run_is_compared_with_ours(
    run: Run, folder: Path, theirs: Path, tmp_path: Path
) -> None:
    assert run("eval", str(folder), "--pipeline", "bm25", "--save", "ours")[0] == 0
    code, out, _ = run("runs", "import", str(theirs), str(folder))
    assert code == 0
    said = out.splitlines()
    assert said[0].startswith("imported/theirs: toy · nDCG@10 0.3333")
    assert "note: nothing was found for 1 query" in out
    assert "note: of the run 1 query is not in the set" in out
    assert not any("ms:" in line for line in said)  # nobody knows what it took
    page = tmp_path / "both.html"
    code, out, _ = run("compare", "imported/theirs", "ours", "--html", str(page))
    assert code == 0
    assert "different options" not in out and "different machines" not in out
    assert "–" in next(line for line in out.splitlines() if line.startswith("imported/theirs"))
    assert "<td>–</td>" in page.read_text(encoding="utf-8")
    found = json.loads(run("compare", "imported/theirs", "ours", "--json")[1])
    assert found["queries"] == 3
    assert run("compare", "imported", "--html", str(page))[0] == 0  # nothing with a time at all


def test_documents_come_by_score_without_those_a_query_must_not_find(
    folder: Path, theirs: Path, tmp_path: Path
) -> None:
    store = RunStore(tmp_path / "runs")
    name = run_to_end(importing(store, load_beir(folder), theirs, source=str(folder)))
    found = store.read(name)
    assert found.ranking("q1") == ["d1", "d3"]
    assert found.rows["q1"].answer.scores == {"final": (8.0, 7.0)}
    assert found.ranking("q3") == []


def test_our_own_run_comes_back_with_the_same_figures(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    run("eval", str(folder), "--pipeline", "bm25", "--save", "ours")
    path = tmp_path / "ours.trec"
    run("runs", "export", "ours", "--out", str(path))
    assert run("runs", "import", str(path), str(folder), "--save", "back")[0] == 0
    ours, back = json.loads(run("runs", "--json")[1])["runs"]
    assert back["name"] == "back/ours.bm25"
    assert back["metrics"] == ours["metrics"]
    again = tmp_path / "again.trec"
    run("runs", "export", "back", "--out", str(again))
    assert [line.rsplit(" ", 1)[0] for line in again.read_text().splitlines()] == [
        line.rsplit(" ", 1)[0] for line in path.read_text().splitlines()
    ]


def test_ids_with_blanks_come_back(run: Run, tmp_path: Path) -> None:
    names = ("a b", "a_b", "http://x/y?z=1#L3", "tab\there", 'a "quote"', "pct:a%zz")
    odd = tmp_path / "odd"
    texts = [{"_id": name, "text": f"add {n}"} for n, name in enumerate(names)]
    samples.write_jsonl(odd / "corpus.jsonl", texts)
    samples.write_jsonl(odd / "queries.jsonl", texts)
    (odd / "qrels").mkdir()
    rows = "".join(f"{name}\t{name}\t1\n" for name in names[:3])
    (odd / "qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}")
    run("eval", str(odd), "--pipeline", "bm25", "--save", "odd")
    run("runs", "export", "odd", "--out", str(tmp_path / "odd.trec"))
    assert run("runs", "import", str(tmp_path / "odd.trec"), str(odd))[0] == 0
    ours, back = json.loads(run("runs", "--json")[1])["runs"]
    assert back["metrics"] == ours["metrics"] and ours["metrics"]["recall@10"]["mean"] == 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("q1 Q0 d1 1\n", "line 1: expected query, Q0, document, rank, score and tag"),
        ("q1 Q0 d1 1 high theirs\n", "line 1: rank and score are numbers"),
        ("q1 Q0 d1 1 2 x\nq1 Q0 d1 2 1 x\n", "line 2: 'd1' comes twice for the query 'q1'"),
        ("q1 Q0 d77 1 2 x\n", "'d77', found for 'q1', is no document of toy; name the set"),
        ("q9 Q0 d1 1 2 x\n", "has none of the queries of toy; name the set it was made on"),
        ("", "has none of the queries of toy"),
    ],
)
def test_what_is_no_run_of_the_set_is_one_line(
    run: Run, folder: Path, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "bad.trec"
    path.write_text(text)
    code, out, err = run("runs", "import", str(path), str(folder))
    assert code == 1 and not out
    assert said in err and len(err.strip().splitlines()) == 1
    assert json.loads(run("runs", "--json")[1])["runs"] == []


def test_a_file_or_a_set_that_is_not_there_is_one_line(
    run: Run, folder: Path, theirs: Path, tmp_path: Path
) -> None:
    code, _, err = run("runs", "import", str(tmp_path / "none.trec"), str(folder))
    assert code == 1 and "cannot read" in err and "No such file" in err
    code, _, err = run("runs", "import", str(theirs), str(tmp_path / "nowhere"))
    assert code == 1 and "nowhere" in err


def test_another_run_of_the_same_name_is_refused(run: Run, folder: Path, theirs: Path) -> None:
    run("runs", "import", str(theirs), str(folder))
    assert run("runs", "import", str(theirs), str(folder))[0] == 0  # the very same
    theirs.write_text(OTHER.replace("9.5", "1.5"), encoding="utf-8")
    code, _, err = run("runs", "import", str(theirs), str(folder))
    assert code == 1 and "choose another name" in err
    assert run("runs", "import", str(theirs), str(folder), "--save", "second")[0] == 0
    out = run("compare", "imported/theirs", "second/theirs")[1]
    assert "different options" not in out


def test_a_long_run_can_be_stopped(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.trec"
    path.write_text("".join(f"q{n} Q0 d1 1 1 t\n" for n in range(25_000)))
    job = importing(RunStore(tmp_path / "runs"), load_beir(folder), path, source=str(folder))
    news = [next(job), next(job)]
    assert all(isinstance(one, Progress) for one in news)
    assert [one.done for one in news] == [10_000, 20_000]
    job.close()
    with pytest.raises(DataError):
        RunStore(tmp_path / "runs").resolve(["imported"])


def test_what_was_cut_short_says_so_until_its_file_is_imported_again(
    run: Run, folder: Path, theirs: Path, tmp_path: Path
) -> None:
    run("runs", "import", str(theirs), str(folder))
    answers = next((tmp_path / "home").rglob("imported/theirs/results.jsonl"))
    whole = answers.read_text("utf-8")
    answers.write_text(whole.splitlines(keepends=True)[0], "utf-8")  # as if it had been killed
    code, out, _ = run("runs")
    assert code == 0
    assert "import its file again" in out
    assert run("runs", "import", str(theirs), str(folder))[0] == 0
    assert answers.read_text("utf-8") == whole
    assert "import its file again" not in run("runs")[1]
