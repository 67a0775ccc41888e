"""`counterpart datasets …` as a script sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from tests.datasets import samples

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = main([*arguments, "--json", "--basedir", str(tmp_path / "home")])
        said = capsys.readouterr()
        errors = [line for line in said.err.splitlines() if line.startswith("counterpart: ")]
        return code, json.loads(said.out or "null"), "\n".join(errors)

    return call


def test_from_import_to_removal(run: Run, tmp_path: Path) -> None:
    folder = samples.beir(tmp_path / "set")
    importing = ("datasets", "import", str(folder), "--name", "toy", "--lexical-only")
    code, info, _ = run(*importing)
    assert code == 0
    assert (info["name"], info["format"], info["documents"]) == ("toy", "beir", 4)
    assert [found["name"] for found in run("datasets", "list")[1]["datasets"]] == ["toy"]
    hits = run("search", "--corpus", "toy", "--text", samples.QUERIES["q1"])[1]["hits"]
    assert (hits[0]["path"], hits[0]["grade"]) == ("d1", 1)
    by_name = run("eval", "toy", "--pipeline", "bm25")[1]
    by_folder = run("eval", str(folder), "--pipeline", "bm25")[1]
    assert by_name["dataset"] == "toy"
    for figure in ("ndcg@10", "mrr", "hit@10", "recall@100"):
        assert by_name["pipelines"]["bm25"][figure] == by_folder["pipelines"]["bm25"][figure]
    assert run(*importing)[0] == 1
    assert run("datasets", "remove", "toy")[:2] == (0, {"removed": "toy"})
    assert run("datasets", "list")[1] == {"datasets": []}
    assert run("judgements")[1] == {"judgements": []}
    assert run("eval", "toy", "--pipeline", "bm25")[0] == 1


def test_a_preview_keeps_nothing(run: Run, tmp_path: Path) -> None:
    folder = samples.beir(tmp_path / "set")
    code, found, _ = run("datasets", "preview", str(folder))
    assert code == 0
    assert (found["format"], found["documents"], found["judgements"]) == ("beir", 4, 4)
    assert found["first_documents"][0] == ["d1", samples.DOCUMENTS["d1"]]
    assert found["grades"] == {"0": 1, "1": 2, "2": 1}
    assert run("datasets", "list")[1] == {"datasets": []}


def test_a_preview_says_what_is_wrong(run: Run, tmp_path: Path) -> None:
    path = samples.write_jsonl(tmp_path / "t.jsonl", [{"left": "a = 1", "right": "set a"}])
    code, found, err = run("datasets", "preview", str(path))
    assert code == 1
    assert found["columns"] == ["left", "right"]
    assert "--columns" in err
    code, found, _ = run("datasets", "preview", str(path), "--columns", "text=left, query=right")
    assert code == 0
    assert found["mapping"] == {"text": "left", "query": "right"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("datasets",),
        ("datasets", "import", "x"),
        ("datasets", "preview", "x", "--limit", "0"),
        ("datasets", "preview", "x", "--columns", "text"),
        ("datasets", "preview", "x", "--format", "excel"),
    ],
)
def test_wrong_usage_exits_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as raised:
        run(*arguments)
    assert raised.value.code == 2


def test_people_are_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples.nano(tmp_path / "set")
    where = ("--basedir", str(tmp_path / "home"))
    main(["datasets", "preview", str(tmp_path / "set"), "--split", "NanoToy", *where])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == (
        "coir, NanoToy: 4 documents, 3 queries, 3 judgements, candidates by bm25 for 3, "
        "harrier_oss_v1_270m for 3, reranking_hybrid for 3"
    )
    assert "  splits: NanoOther, NanoToy" in rest
