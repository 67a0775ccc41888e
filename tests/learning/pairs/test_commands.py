"""`counterpart pairs …`, as a script sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli import main
from engine.job import run_to_end
from engine.learning.pairs.mine import mine
from engine.learning.pairs.record import read_pairs
from tests.learning.pairs.test_discourse import post, topic
from tests.learning.pairs.test_notebooks import CODE, notebook
from tests.learning.pairs.test_repositories import SOURCE
from tests.learning.pairs.test_stackoverflow import dump, question, reply

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sources(tmp_path):
    """A project, a folder of notebooks, a dump and a forum, in one folder each."""
    folder = tmp_path / "sources"
    (folder / "project").mkdir(parents=True)
    (folder / "project" / "attention.py").write_text(SOURCE)
    cells = (("m", "Draw the weights of the layer."), ("c", CODE))
    (folder / "project" / "lesson.ipynb").write_text(notebook(*cells))
    (folder / "dump").mkdir()
    dump(folder / "dump" / "Posts.xml", [question(1, 2), reply(2, 1)])
    (folder / "forum").mkdir()
    (folder / "forum" / "5.json").write_text(
        json.dumps(topic(post(1), post(2, liked=2), tags=["pytorch"]))
    )
    return folder


@pytest.fixture
def run(capsys):
    def call(*arguments):
        capsys.readouterr()
        code = main(["pairs", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_every_kind_of_source_is_told_by_what_it_holds(sources, tmp_path, run):
    out = tmp_path / "pairs.jsonl"
    places = [sources / "project", sources / "dump", sources / "forum"]
    code, said, _ = run("mine", *places, "--tag", "pytorch", "--out", out, "--json")
    report = json.loads(said)
    assert code == 0 and report["files"] == 4 and report["pairs"] == len(list(read_pairs(out)))
    assert report["by_kind"] == {
        "discourse-title": 1,
        "notebook-comment": 1,
        "notebook-markdown": 1,
        "repository-block-comment": 1,
        "repository-comment": 1,
        "repository-docstring": 1,
        "stackoverflow-comment": 1,
        "stackoverflow-title": 1,
    }


def test_mine_clean_table_and_split(sources, tmp_path, run):
    mined, clean = tmp_path / "mined.jsonl", tmp_path / "clean.jsonl"
    code, said, _ = run("mine", sources / "project", "--out", mined)
    assert code == 0 and "5 pairs from 2 files" in said
    code, said, _ = run("clean", mined, "--out", clean)
    assert code == 0 and "13 to 500 tokens" in said and "Before" in said and "After" in said
    code, said, _ = run("table", clean, "--json")
    kinds = {row["kind"]: row["pairs"] for row in json.loads(said)["rows"]}
    assert code == 0 and kinds["all"] == sum(n for kind, n in kinds.items() if kind != "all") > 2
    code, said, _ = run("split", clean, "--out", tmp_path / "split", "--negatives", "--json")
    report = json.loads(said)["splits"]
    assert code == 0 and sum(report["pairs"].values()) == kinds["all"]
    assert sum(report["groups"].values()) == 2
    assert len(list((tmp_path / "split").iterdir())) == 6


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["absent"], "does not exist"),
        (["project", "--importing", "jax"], "no pair"),
        (["dump"], "--tag"),
        (["dump", "--kind", "repository"], "no Python file"),
        (["project", "--kind", "stackoverflow"], "no Posts.xml"),
    ],
)
def test_trouble_is_one_line_and_leaves_nothing(sources, tmp_path, run, arguments, part):
    out = tmp_path / "out" / "pairs.jsonl"
    source, *rest = arguments
    code, said, err = run("mine", sources / source, *rest, "--out", out)
    last = err.strip().splitlines()[-1]
    assert (code, said) == (1, "")
    assert last.startswith("counterpart: ") and part in last
    assert not out.parent.exists() or not list(out.parent.iterdir())


def test_a_source_that_cannot_be_read_says_why_there_is_no_pair(tmp_path, run):
    (tmp_path / "topic.json").write_text('{"title": "cut o')
    code, _, err = run("mine", tmp_path / "topic.json", "--out", tmp_path / "pairs.jsonl")
    assert code == 1 and "no pair in 1 files" in err and "not complete JSON" in err


def test_a_damaged_file_of_pairs_is_one_line(tmp_path, run):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "cut o')
    for command in (["clean", bad, "--out", tmp_path / "x"], ["table", bad]):
        code, _, err = run(*command)
        assert code == 1 and "bad.jsonl, line 1: not JSON" in err
    assert not (tmp_path / "x").exists()


def test_what_is_read_is_not_written_over(sources, tmp_path, run):
    read = tmp_path / "train.jsonl"
    assert run("mine", sources / "project", "--out", read)[0] == 0
    mined = read.read_bytes()
    for command in (["clean", read, "--out", read], ["split", read, "--out", tmp_path]):
        code, _, err = run(*command)
        assert code == 1 and "the file that is read; give another one" in err
        assert read.read_bytes() == mined
    assert list(tmp_path.glob("*.jsonl")) == [read]


def test_a_file_without_pairs_takes_the_place_of_none(tmp_path, run):
    empty, before = tmp_path / "empty.jsonl", tmp_path / "clean.jsonl"
    empty.touch()
    before.write_text("before")
    code, _, err = run("clean", empty, "--out", before)
    assert code == 1 and "empty.jsonl holds no pairs; mine some first" in err
    assert before.read_text() == "before"


def test_a_job_that_is_closed_leaves_no_file(sources, tmp_path):
    out = tmp_path / "pairs.jsonl"
    job = mine([str(sources / "project")], out)
    while next(job).stage != "reading MB":
        pass
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".partial"]
    job.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["sources"]


def test_progress_counts_what_is_read_to_the_end(sources, tmp_path):
    seen = []
    report = run_to_end(mine([str(sources / "project")], tmp_path / "p.jsonl"), seen.append)
    assert f"{report.pairs:,} pairs" in seen[-1].message
    assert seen[-1].done == seen[-1].total


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_ctrl_c_ends_with_130_and_leaves_no_half_file(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(4_000):
        (folder / f"m{number}.py").write_text(SOURCE)
    out = tmp_path / "pairs.jsonl"
    code = "import sys; from engine.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "pairs", "mine", str(folder), "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stderr is not None
    process.stderr.readline()  # the first word of progress: it is at work
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in err and "Traceback" not in err
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["many"]
