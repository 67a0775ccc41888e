"""`counterpart explain`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import main

Run = Callable[..., tuple[int, str, str]]
QUESTION = ("--corpus", "mine", "--text", "scaled dot product attention over a batch")


@pytest.fixture
def run(tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    base = tmp_path / "base"
    base.mkdir()
    nowhere = {"encoder": str(tmp_path / "no"), "cross-encoder": str(tmp_path / "no")}
    (base / "settings.json").write_text(json.dumps(nowhere), encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments, "--basedir", str(base)])
        said = capsys.readouterr()
        return code, said.out, said.err

    assert call("index", str(project), "--name", "mine", "--lexical-only")[0] == 0
    return call


def test_the_parts_of_a_found_chunk_add_up_to_what_search_says(run: Run) -> None:
    _, out, _ = run("search", *QUESTION, "--json")
    hit = json.loads(out)["hits"][0]
    code, out, _ = run("explain", *QUESTION, "--chunk", hit["chunk_id"], "--json")
    assert code == 0
    receipt = json.loads(out)
    assert receipt["rank"] == hit["rank"]
    totals = {step["title"]: step["total"] for step in receipt["steps"]}
    assert totals["BM25"] == hit["scores"]["bm25"]
    assert receipt["score"] == totals["fusion"] == hit["scores"]["fused"]
    for step in receipt["steps"]:
        assert math.fsum(part["value"] for part in step["parts"]) == step["total"]


def test_a_place_names_a_chunk_and_a_missing_one_says_why(run: Run) -> None:
    code, out, _ = run(
        "explain", *QUESTION, "--framework", "TensorFlow", "--chunk", "torch_attention.py:8"
    )
    assert code == 0
    assert out.startswith("not in the list")
    assert "framework: TensorFlow" in out
    code, out, _ = run("explain", *QUESTION, "--chunk", "torch_attention.py:8")
    assert out.startswith("rank 1, score 1.0")
    assert "attention" in out


def test_what_is_not_there_is_one_line(run: Run) -> None:
    code, out, err = run("explain", *QUESTION, "--chunk", "nowhere.py:3")
    assert (code, out) == (1, "")
    assert "no chunk nowhere.py:3" in err.splitlines()[-1]
