"""Fitting the shares of the stages on small sets."""

from __future__ import annotations

import json
import random
from collections.abc import Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import DataError, DiskError
from engine.evaluation import fit as command
from engine.evaluation.beir import load_beir
from engine.evaluation.fit import KINDS, MEASURE_ONLY, STAGES, fit, named, table
from engine.evaluation.fitted_set import collect_set
from engine.evaluation.metrics import hit, mean, ndcg
from engine.job import JobContext
from engine.retrieval import dense
from engine.retrieval.search import Pipeline, Searcher
from engine.retrieval.weights import Line, Share, Weights, load_weights, share_record
from engine.types import QueryKind
from tests.evaluation.models import FirstWordCrossEncoder, WordEncoder
from tests.evaluation.sets import write_set
from tests.models.tiny import make_encoder_folder

CURRENT = Weights(Share.fixed(0.3, 0.35), Share.fixed(0.1, 0.15), Share.fixed(0.2, 0.1))
NOUNS = ["apple", "river", "stone", "cloud", "paper", "engine", "garden", "window", "bridge"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty documents of random words; a query holds some words of its document."""
    chosen = random.Random(7)
    documents, queries, qrels = {}, {}, []
    for number in range(40):
        words = chosen.choices(NOUNS, k=12)
        documents[f"d{number}"] = f"def {words[0]}_{words[1]}():\n    return " + " + ".join(words)
        queries[f"q{number}"] = "how to find the " + " ".join(chosen.sample(words, 4))
        qrels.append((f"q{number}", f"d{number}", 1))
    return write_set(tmp_path / "words", documents, queries, qrels, excluded=[("q1", "d2")])


@pytest.fixture
def code_folder(tmp_path: Path) -> Path:
    """Thirty functions that each ask for the one with the same steps under another name."""
    chosen = random.Random(8)
    documents, queries, qrels = {}, {}, []
    for number in range(30):
        steps = "".join(
            f"    {chosen.choice(NOUNS)} = {chosen.choice(NOUNS)} {chosen.choice('+-*%')} {step}\n"
            for step in chosen.sample(range(50), 4)
        )
        names = chosen.sample(NOUNS, 2)
        documents[f"d{number}"] = f"def {names[0]}(x):\n{steps}    return x\n"
        queries[f"q{number}"] = f"def {names[1]}(x):\n{steps}    return x\n"
        qrels.append((f"q{number}", f"d{number}", 1))
    return write_set(tmp_path / "code", documents, queries, qrels, excluded=[("q1", "d2")])


@pytest.fixture
def dialects_folder(code_folder: Path, tmp_path: Path) -> Path:
    """The same, every other document in JavaScript."""
    data = load_beir(code_folder)
    documents = {
        found.id: _in_javascript(found.text) if number % 2 else found.text
        for number, found in enumerate(data.documents)
    }
    queries = {query.id: query.text for query in data.queries}
    qrels = [(query, document, 1) for query, row in data.qrels.items() for document in row]
    return write_set(tmp_path / "dialects", documents, queries, qrels, excluded=[("q1", "d2")])


def _in_javascript(python: str) -> str:
    head, *steps, _ = python.splitlines()
    body = "".join(f"  let {step.strip()};\n" for step in steps)
    return f"function {head[4:-1]} {{\n{body}  return x;\n}}\n"


@pytest.mark.parametrize("odds", [-20.0, -0.6, 20.0])
@pytest.mark.parametrize("kind", ["words", "code", "dialects"])
def test_stored_scores_give_the_rankings_of_the_search(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    odds: float,
    kind: str,
) -> None:
    monkeypatch.setattr(dense, "LEAST", 10)  # so few have hubs, too
    encoder, cross_encoder, ctx = WordEncoder(), FirstWordCrossEncoder(), JobContext()
    slopes = (0.1, 0.3, -0.5, 0.2, 0.4, 0.0)
    weights = Weights(
        dense=Share(*[Line(odds, slopes)] * 2),
        rerank=Share.fixed(0.6, 0.6),
        shape=Share(None, Line(-0.5, slopes)),
        level=Share(None, Line(0.5, slopes)),
        witness=Share(None, Line(0.2, (*slopes[:-1], 1.5))),
        hubs=0.25,
    )
    fixture = {"words": "folder", "code": "code_folder"}.get(kind, "dialects_folder")
    set_folder: Path = request.getfixturevalue(fixture)
    found = collect_set(set_folder, kind, encoder, weights.hubs, None, tmp_path, ctx)
    assert any((legs.candidates.distinct != legs.candidates.dense).any() for legs in found.legs)
    assert {legs.has_levels for legs in found.legs} == {kind == "dialects"}
    found.compare_shapes(weights, ctx)
    found.hear_witnesses(weights, ctx)
    assert any(found.witnessed) == (kind == "dialects")
    found.judge(weights, cross_encoder, 10, tmp_path, ctx)
    searcher = Searcher(found.prepared.collection, encoder, cross_encoder, weights)
    values: dict[Pipeline, list[float]] = {"bm25": [], "dense": [], "hybrid": [], "rerank": []}
    first: list[float] = []
    for question in found.prepared.questions:
        asked = replace(question.query, rerank=10)
        for pipeline, scores in values.items():
            ranked = searcher.rank(asked, ctx, pipeline, exclude_documents=question.excluded)
            ranking = [found.prepared.ids[number] for number, _ in ranked]
            scores.append(ndcg(ranking, question.qrels))
        first.append(hit(ranking, question.qrels, 1))
    row = found.row(weights, None, fitted=True)
    assert row["hit@1"] == pytest.approx(mean(first), abs=1e-4)
    for pipeline, scores in values.items():
        assert row[pipeline] == pytest.approx(mean(scores), abs=1e-4), pipeline


def run(
    folders: list[Path],
    tmp_path: Path,
    cross_encoder: FirstWordCrossEncoder | None,
    first: str = STAGES[0],
    kinds: Set[QueryKind] = KINDS,
) -> dict[str, Any]:
    return fit(
        folders,
        WordEncoder(),
        cross_encoder,
        current=CURRENT,
        rerank=10,
        limit=None,
        cache=tmp_path / "cache",
        ctx=JobContext(),
        first=first,
        kinds=kinds,
    )


def test_fitted_shares_leave_no_set_below_its_best_leg(folder: Path, tmp_path: Path) -> None:
    fitted = run([folder], tmp_path, FirstWordCrossEncoder())
    row = fitted["fitted"]["sets"]["words"]
    assert row["queries"] == row["words"] == 40
    assert row["hybrid"] >= max(row["bm25"], row["dense"])
    assert row["rerank"] >= max(row["bm25"], row["dense"])


def test_the_file_is_what_the_search_reads(folder: Path, tmp_path: Path) -> None:
    fitted = run([folder], tmp_path, FirstWordCrossEncoder())
    path = tmp_path / "fusion.json"
    path.write_text(json.dumps(fitted))
    weights = load_weights(path)
    assert share_record(weights.dense) == fitted["dense"]
    assert weights.cross_encoder == FirstWordCrossEncoder.fingerprint


def test_what_cannot_be_fitted_stays(folder: Path, tmp_path: Path) -> None:
    fitted = run([folder], tmp_path, None)
    assert fitted["rerank"] == share_record(CURRENT.rerank)
    assert fitted["dense"]["code"] == share_record(CURRENT.dense)["code"]
    assert "rerank" not in fitted["fitted"]["sets"]["words"]


def test_the_shares_of_the_legs_can_be_kept(folder: Path, tmp_path: Path) -> None:
    fitted = run([folder], tmp_path, FirstWordCrossEncoder(), first="rerank")
    assert fitted["dense"] == share_record(CURRENT.dense)
    assert fitted["shape"] == share_record(CURRENT.shape)
    assert fitted["witness"] == share_record(CURRENT.witness)
    assert fitted["rerank"]["words"] != share_record(CURRENT.rerank)["words"]


def test_the_shares_of_one_kind_can_be_kept(
    folder: Path, code_folder: Path, tmp_path: Path
) -> None:
    both = run([folder, code_folder], tmp_path, FirstWordCrossEncoder())
    words = run([folder, code_folder], tmp_path, FirstWordCrossEncoder(), kinds={QueryKind.WORDS})
    stages = ("dense", "level", "shape", "witness", "rerank")
    for stage in stages:
        assert words[stage]["words"] == both[stage]["words"]
        assert words[stage]["code"] == share_record(getattr(CURRENT, stage))["code"]
    assert any(both[stage]["code"] != words[stage]["code"] for stage in stages)


def test_every_set_is_left_out_once(folder: Path, code_folder: Path, tmp_path: Path) -> None:
    rows = run([folder, code_folder], tmp_path, FirstWordCrossEncoder())["fitted"]["sets"]
    assert {"left_out"} <= rows["words"].keys() & rows["code"].keys()
    alone = run([folder], tmp_path, FirstWordCrossEncoder())["fitted"]["sets"]
    assert "left_out" not in alone["words"]


def test_nothing_is_fitted_on_a_set_for_measuring(
    folder: Path, code_folder: Path, tmp_path: Path
) -> None:
    alone = run([folder], tmp_path, FirstWordCrossEncoder())
    (code_folder / MEASURE_ONLY).touch()
    both = run([folder, code_folder], tmp_path, FirstWordCrossEncoder())
    for stage in ("dense", "level", "shape", "witness", "rerank"):
        assert both[stage] == alone[stage]
    assert both["fitted"]["sets"]["code"]["measured_only"] is True
    with pytest.raises(DataError, match="for measuring only"):
        run([code_folder], tmp_path, None)


def test_sets_are_found_below_a_folder(folder: Path, code_folder: Path, tmp_path: Path) -> None:
    assert {name for name, _ in named([tmp_path])} == {"words", "code"}
    assert named([folder]) == [("words", folder)]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no set"):
        named([tmp_path / "empty"])


def test_the_table_names_every_set(folder: Path, code_folder: Path, tmp_path: Path) -> None:
    fitted = run([folder, code_folder], tmp_path, FirstWordCrossEncoder())
    lines = table(fitted).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["words", "code"]


def test_pairs_are_not_scored_twice(folder: Path, tmp_path: Path) -> None:
    class Counting(FirstWordCrossEncoder):
        asked = 0

        def score(self, query, texts, ctx=None):  # type: ignore[no-untyped-def]
            Counting.asked += len(texts)
            return super().score(query, texts, ctx)

    first = run([folder], tmp_path, Counting())
    asked = Counting.asked
    second = run([folder], tmp_path, Counting())
    assert asked > 0
    assert Counting.asked == asked
    assert first == second


def test_a_wrong_model_is_one_line_and_status_1(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command.main([str(folder), "--encoder", str(tmp_path / "nowhere")])
    said = capsys.readouterr()
    assert status == 1
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "nowhere" in said.err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--out", "{place}/nowhere/x.json", "is no file in a folder that exists"),
        ("--out", "{place}", "is no file in a folder that exists"),
        ("--basedir", "{place}/file", "choose another folder with --basedir"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, message: str
) -> None:
    (tmp_path / "file").write_text("")
    # Neither the set nor the model is there: what comes first is what is told.
    arguments = [str(tmp_path / "no set"), "--encoder", str(tmp_path / "no model")]
    status = command.main([*arguments, option, value.format(place=tmp_path)])
    assert status == 1
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value"), [("--limit", "0"), ("--limit", "-1"), ("--rerank", "-1")]
)
def test_numbers_that_fit_on_nothing_are_usage_errors(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as end:
        command.main(["sets", option, value])
    assert end.value.code == 2
    assert f"invalid whole number (1 to 2,147,483,647) value: '{value}'" in capsys.readouterr().err


def test_a_cache_that_lies_in_a_file_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(DiskError, match="cannot keep vectors"):
        run([folder], tmp_path, None)


def test_weights_that_cannot_be_written_whole_leave_those_there(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fusion.json"
    out.write_text("former")
    (tmp_path / "fusion.json.partial").mkdir()
    encoder = str(make_encoder_folder(tmp_path / "encoder"))
    options = ["--encoder", encoder, "--cross-encoder", "none", "--basedir", str(tmp_path / "base")]
    assert command.main([str(folder), "--out", str(out), *options]) == 1
    assert f"cannot write {out} (Is a directory)" in capsys.readouterr().err
    assert out.read_text() == "former"
