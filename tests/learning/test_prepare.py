import json

import pytest

from engine.cli import main
from engine.job import run_to_end
from engine.learning.groups import read_groups
from engine.learning.pairs.record import read_pairs
from engine.learning.prepare import Inputs, prepare
from tests.learning.published import make_published
from tests.learning.test_leakage import OTHER, SECRET
from tests.learning.test_twins import SPREAD_OTHER, SPREAD_TORCH
from tests.learning.wheel_files import make_wheel

LEAKED = {"intent": "How to flatten it?", "rewritten_intent": None, "snippet": "sum(x, [])"}
CLEAN = {"intent": "Sort it", "rewritten_intent": None, "snippet": "x.sort()"}
SECRET_TEST = {"intent": "Average", "rewritten_intent": None, "snippet": SECRET}

DESCRIBED = '''    """Find the cheapest way from the start to the goal through a weighted graph."""
    queue = ['''
DRAIN = """

def drain(queue, limit):
    taken = []
    # Take items until the limit is reached, but never wait for one that has not come yet
    while len(taken) < limit and not queue.empty():
        taken.append(queue.get_nowait())
        queue.task_done()
    return taken
"""
ROUTES = OTHER.replace("    queue = [", DESCRIBED, 1) + DRAIN
AVERAGES = SECRET.replace("Average of every", "Compute the mean value of every single one")

LISTING = """
[[package]]
name = "routes"
version = "1.0"
licence = "MIT"
use = ["pairs"]

[[package]]
name = "keras"
version = "3.0"
licence = "MIT"
use = ["pairs", "twins"]
"""


@pytest.fixture
def inputs(tmp_path, index):
    data = make_published(tmp_path / "data", [LEAKED, CLEAN], [LEAKED, SECRET_TEST])
    make_wheel(index, "routes", files={"routes/ways.py": ROUTES, "routes/means.py": AVERAGES})
    backends = {
        "keras/src/backend/torch/math.py": SPREAD_TORCH,
        "keras/src/backend/jax/math.py": SPREAD_OTHER,
    }
    make_wheel(index, "keras", "3.0", files=backends)
    (tmp_path / "packages.toml").write_text(LISTING)
    return Inputs(data, tmp_path / "packages.toml", tmp_path / "cache", tmp_path / "out")


def run(inputs, capsys):
    paths = ["--data", inputs.data, "--packages", inputs.packages, "--cache", inputs.cache]
    code = main(["pairs", "recipe", *map(str, paths), "--out", str(inputs.out), "--json"])
    return code, capsys.readouterr()


def all_groups(out):
    names = ("groups.jsonl", "groups.valid.jsonl", "groups.test.jsonl")
    return [group for name in names for group in read_groups(out / name)]


def test_one_command_downloads_mines_filters_splits_and_counts(inputs, capsys):
    code, said = run(inputs, capsys)
    assert code == 0, said.err
    report = json.loads(said.out)
    names = ("train", "valid", "test")
    pairs = [pair for name in names for pair in read_pairs(inputs.out / f"{name}.jsonl")]
    texts = [pair.text for pair in pairs]
    assert any(text.startswith("Find the cheapest way") for text in texts)
    assert any(text.startswith("Take items until") for text in texts)
    assert not any("moving_average" in pair.code for pair in pairs)
    everything = report["pairs"][-1]
    assert everything["kind"] == "all"
    assert everything["leaking"] == 1 and everything["kept"] == len(pairs) == 2
    tasks = {(group.task, group.source) for group in all_groups(inputs.out)}
    assert tasks == {
        ("docstrings", "routes"),
        ("comments", "routes"),
        ("questions", "conala"),
        ("twins", "keras"),
    }
    assert report["text_code_pairs"] == 3 and report["twins_that_teach"] == 1
    conala = next(row for row in report["groups"] if row["source"] == "conala")
    assert (conala["found"], conala["leaking"], conala["kept"]) == (2, 1, 1)
    assert json.loads((inputs.out / "report.json").read_text()) == report


def test_every_split_holds_whole_repositories(inputs, capsys):
    run(inputs, capsys)
    seen = [
        {pair.group for pair in read_pairs(inputs.out / f"{name}.jsonl")}
        for name in ("train", "valid", "test")
    ]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 1


def test_a_second_run_mines_only_what_is_missing_and_gives_the_same(inputs, capsys):
    run(inputs, capsys)
    before = {path: path.stat().st_mtime_ns for path in (inputs.out / "work").glob("*.*.*.jsonl")}
    groups = (inputs.out / "groups.jsonl").read_bytes()
    lost = next(path for path in before if path.name.startswith("routes"))
    lost.with_suffix(".json").unlink()  # as after a kill: no report, so not complete
    assert run(inputs, capsys)[0] == 0
    after = {path: path.stat().st_mtime_ns for path in (inputs.out / "work").glob("*.*.*.jsonl")}
    assert {path for path in before if after[path] != before[path]} == {lost}
    assert (inputs.out / "groups.jsonl").read_bytes() == groups


def test_a_run_that_is_stopped_anywhere_can_go_on(inputs, capsys):
    steps = sum(1 for _ in prepare(inputs))
    for stop in range(0, steps, max(steps // 5, 1)):
        job = prepare(inputs)
        for _ in range(stop):
            next(job, None)
        job.close()
        assert not list(inputs.out.rglob("*.partial"))
    assert run_to_end(prepare(inputs)).pairs == 3


def test_what_stood_in_the_older_release_is_left_out(inputs, index, capsys):
    make_wheel(index, "routes", "0.1", files={"routes/ways.py": OTHER})
    before = 'use = ["pairs"]\nbefore = { version = "0.1" }'
    inputs.packages.write_text(LISTING.replace('use = ["pairs"]', before))
    code, said = run(inputs, capsys)
    assert code == 0, said.err
    assert json.loads(said.out)["pairs"][-1]["older"] == 1
    texts = [group.texts[0].content for group in all_groups(inputs.out)]
    assert not any(text.startswith("Find the cheapest way") for text in texts)
    assert any(text.startswith("Take items until") for text in texts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('"MIT"', '"Apache-2.0"'), "is under MIT, the list says"),
        (lambda text: text.replace('"routes"', '"d2l"'), "names d2l"),
        (lambda text: text.replace("1.0", "9.9"), "could not download routes 9.9"),
    ],
)
def test_a_wrong_list_is_one_line(inputs, capsys, change, message):
    inputs.packages.write_text(change(LISTING))
    code, said = run(inputs, capsys)
    assert code == 1
    assert message in said.err.strip().splitlines()[-1]
    assert said.out == ""


def test_a_package_of_the_challenge_s_repositories_is_refused(inputs, capsys):
    url = "Python,a,https://github.com/some/project/blob/abc/f.py#L1-L2\n"
    make_published(inputs.data, challenge=url)
    code, said = run(inputs, capsys)
    assert code == 1
    assert "routes comes from some/project" in said.err


def test_missing_data_is_one_line(inputs, capsys):
    (inputs.data / "cosqa/cosqa-retrieval-test-500.json").unlink()
    code, said = run(inputs, capsys)
    assert code == 1
    assert "cannot read" in said.err.strip().splitlines()[-1]
