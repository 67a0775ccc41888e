"""What a training reads beside its recipe: groups, grades, sets and starts in disorder."""

import hashlib
import json
import sys
from types import SimpleNamespace

import pytest
from safetensors.torch import load_file, save_file
from transformers.utils import logging as transformers_logging

from engine.cli import main
from engine.errors import DataError
from engine.learning.curve import read_curve
from engine.learning.development import read_development_set
from engine.learning.graded import read_graded
from engine.learning.groups import read_groups, write_groups
from engine.learning.negatives import read_examples
from engine.learning.train import main as train_alone
from tests.learning.small import make_groups, make_model, make_teacher

RECIPE = """
kind = "{kind}"
[run]
seed = 1
steps = 2
batch = 4
max_tokens = 32
learning_rate = 5e-3
warmup = 2
negatives = 2
[start]
[weights]
{weights} = 1.0
"""
LONE = "\ud800"


@pytest.fixture
def place(tmp_path):
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()  # its monitor is a thread
    make_model(tmp_path / "start")
    write_groups(tmp_path / "groups.jsonl", make_groups()[:40])
    return tmp_path


def train(place, *more, text=None, kind="encoder", weights="docstrings", start=True):
    (place / "recipe.toml").write_text(text or RECIPE.format(kind=kind, weights=weights))
    arguments = ["train", place / "recipe.toml", "--run", place / "run", "--threads", 1, *more]
    arguments += ["--groups", place / "groups.jsonl"]
    arguments += ["--start", place / "start"] if start else []
    return main([*map(str, arguments)])


def add_group(place, **fields):
    group = {"task": "docstrings", "source": "made", "texts": [["a", ""], ["b", "Python"]]}
    with (place / "groups.jsonl").open("a") as file:
        file.write(json.dumps({**group, **fields}) + "\n")


def write_set(folder, queries=None, corpus=None):
    (folder / "qrels").mkdir(parents=True)
    queries = queries or [{"_id": "q", "text": "sort the list"}]
    corpus = corpus or [{"_id": "d", "text": "def sort_list(x)"}, {"_id": "e", "text": "f(x)"}]
    for name, rows in (("queries", queries), ("corpus", corpus)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text)
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    return folder


@pytest.mark.parametrize(
    "fields",
    [
        {"task": ["docstrings"]},
        {"source": ["made"]},
        {"texts": [["a", ""], [None, "Python"]]},
        {"texts": [["a", None], ["b", "Python"]]},
        {"hollow": [float("inf")]},
    ],
)
def test_a_group_that_is_none_is_one_line(place, capsys, fields):
    add_group(place, **fields)
    assert train(place) == 1
    assert "line 41: not a group of texts" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["encoder", "classifier", "codenn"])
def test_a_group_without_texts_or_with_half_a_character_is_no_hindrance(place, kind):
    add_group(place, texts=[])
    for _ in range(40):  # so that one is drawn
        add_group(place, texts=[[f"a {LONE} list", ""], [f"sort({LONE})", "Python"]])
    assert train(place, kind=kind) == 0


@pytest.mark.parametrize("read", [read_graded, read_examples, read_groups, read_curve])
def test_what_is_nested_too_deep_is_one_line(tmp_path, read):
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 100_000 + "\n{}\n")
    with pytest.raises(DataError, match="line 1"):
        list(read(path))


def test_half_a_character_in_grades_and_sets_is_no_hindrance(place):
    graded = place / "graded.jsonl"
    row = {"query": f"sort {LONE}", "text": f"f({LONE})", "grade": 3}
    graded.write_text(json.dumps(row) + "\n")
    data = write_set(
        place / "set", [{"_id": "q", "text": LONE}], [{"_id": "d", "text": f"f({LONE})"}]
    )
    more = ("--graded", graded, "--dev", data)
    assert train(place, *more, kind="cross-encoder", weights="graded") == 0


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({"corpus": [{"_id": "d", "text": None}]}, "corpus.jsonl, line 1: the field text"),
        ({"corpus": [{"_id": "d", "text": 5}]}, "corpus.jsonl, line 1: the field text"),
        ({"queries": [{"_id": "q", "text": ["a"]}]}, "queries.jsonl, line 1: the field text"),
        ({"queries": [{"_id": ["q"], "text": "a"}]}, "queries.jsonl, line 1: the field _id"),
        ({"queries": ["q"]}, "queries.jsonl, line 1: the field _id"),
    ],
)
def test_a_set_whose_texts_are_none_is_one_line(place, capsys, sets, message):
    assert train(place, "--dev", write_set(place / "set", **sets)) == 1
    assert message in capsys.readouterr().err


def test_a_set_that_is_not_there_says_what_to_give(place, capsys):
    assert train(place, "--dev", place / "nowhere") == 1
    said = capsys.readouterr().err
    assert "(No such file or directory); give a folder with corpus.jsonl, queries.jsonl" in said


def test_the_set_in_this_folder_has_its_name(place, monkeypatch):
    monkeypatch.chdir(write_set(place / "tiny"))
    assert train(place, "--dev", ".") == 0
    first = json.loads((place / "run/curve.jsonl").read_text().splitlines()[0])
    assert set(first["evaluation"]) == {"tiny"}
    assert set(json.loads((place / "run/run.json").read_text())["development_sha256"]) == {"tiny"}
    assert read_development_set(place / "tiny/../tiny").name == "tiny"


@pytest.mark.parametrize("package", ["a.b", "../x", "", "5"])
def test_a_start_that_no_package_can_be_is_one_line(place, capsys, package):
    text = RECIPE.format(kind="encoder", weights="docstrings")
    text = text.replace("[start]", f'[start]\npackage = "{package}"')
    assert train(place, text=text, start=False) == 1
    assert f"names an installed package, not {package!r}" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]"])
def test_a_damaged_tokenizer_is_one_line(place, capsys, content):
    (place / "start/tokenizer.json").write_bytes(content)
    assert train(place) == 1
    said = capsys.readouterr().err
    assert "tokenizer.json" in said and said.rstrip().endswith("get the model again")


@pytest.mark.parametrize("name", ["max_position_embeddings", "num_hidden_layers", "pad_token_id"])
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_start_whose_numbers_are_words_is_one_line(place, capsys, name, kind):
    path = place / "start/config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "model_type": kind, name: "abc"}))
    assert train(place) == 1
    said = capsys.readouterr().err
    assert str(place / "start") in said


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hidden_size", 48, "its weights are of other shapes than its config.json says"),
        ("vocab_size", 7, "its weights are of other shapes than its config.json says"),
    ],
)
def test_a_start_of_another_shape_than_it_says_is_one_line(place, capsys, name, value, message):
    path = place / "start/config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    assert train(place) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["encoder", "classifier"])
def test_a_start_that_holds_no_numbers_is_told_before_the_training(place, capsys, kind):
    path = place / "start/model.safetensors"
    weights = load_file(path)
    weights["embeddings.LayerNorm.bias"][3] = float("nan")
    save_file(weights, path, metadata={"format": "pt"})
    assert train(place, kind=kind) == 1
    assert "LayerNorm.bias holds what is no number; get the model" in capsys.readouterr().err


def test_a_tokenizer_that_cannot_pad_is_one_line(place, capsys):
    path = place / "start/tokenizer_config.json"
    settings = {k: v for k, v in json.loads(path.read_text()).items() if k != "pad_token"}
    path.write_text(json.dumps(settings))
    (place / "start/special_tokens_map.json").unlink(missing_ok=True)
    assert train(place) == 1
    assert "has no token for padding; give an encoder" in capsys.readouterr().err


def test_a_start_with_a_decoder_is_one_line(place, capsys):
    (place / "start/config.json").write_text(json.dumps({"model_type": "t5"}))
    assert train(place) == 1
    assert "is an encoder with a decoder; give an encoder alone" in capsys.readouterr().err


def test_a_cross_encoder_needs_negatives(place, capsys):
    text = RECIPE.format(kind="cross-encoder", weights="docstrings")
    assert train(place, text=text.replace("negatives = 2", "")) == 1
    assert "[run] needs negatives" in capsys.readouterr().err


def test_an_interrupt_before_the_first_step_is_one_line(place, capsys, monkeypatch):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.learning.train.read_groups", interrupted)
    arguments = [place / "recipe.toml", "--run", place / "run", "--groups", place / "groups.jsonl"]
    (place / "recipe.toml").write_text(RECIPE.format(kind="codenn", weights="docstrings"))
    assert train_alone([*map(str, arguments)]) == 130
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "interrupted; run the same command to go on"


def test_a_start_that_is_not_the_recipe_s_says_what_to_do(place, capsys):
    text = RECIPE.format(kind="encoder", weights="docstrings")
    package = '[start]\npackage = "safetensors"\nfolder = "{folder}"\nsha256 = "0"'
    place.joinpath("model.safetensors").write_bytes(b"other")
    text = text.replace("[start]", package.format(folder=place))
    assert train(place, text=text, start=False) == 1
    said = capsys.readouterr().err
    assert "not the recipe's; install the version that the recipe was written for" in said


def test_a_file_without_groups_is_told_as_such(place, capsys):
    (place / "groups.jsonl").write_text("")
    assert train(place) == 1
    assert "groups.jsonl holds no groups" in capsys.readouterr().err


@pytest.mark.parametrize("content", ['{"a": 1}', "[5]", '[{"doc": "a", "code": "b"}]', "[[1]]"])
def test_labelled_pairs_that_are_none_are_one_line(place, capsys, content):
    path = place / "data/webquery/test_webquery_labelled.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    more = ("--data", place / "data")
    assert train(place, *more, kind="cross-encoder", weights="labelled") == 1
    assert "test_webquery_labelled.json is not the published set" in capsys.readouterr().err


@pytest.mark.parametrize("was_there", [False, True])
def test_a_refused_training_leaves_no_folder_behind(place, capsys, was_there):
    if was_there:
        (place / "run").mkdir()
    (place / "groups.jsonl").write_text("")
    assert train(place) == 1
    assert "holds no groups" in capsys.readouterr().err
    assert (place / "run").exists() == was_there
    assert not (place / "run/.lock").exists()


def test_labelled_pairs_have_a_fingerprint(place, capsys):
    path = place / "data/webquery/test_webquery_labelled.json"
    path.parent.mkdir(parents=True)
    path.write_text("[]")
    more = ("--data", place / "data")
    assert train(place, *more, kind="cross-encoder", weights="labelled") == 1
    record = json.loads((place / "run/run.json").read_text())
    assert record["labelled_sha256"] == hashlib.sha256(b"[]").hexdigest()
    assert train(place, kind="encoder") == 0
    assert json.loads((place / "run/run.json").read_text())["labelled_sha256"] == ""


def test_each_number_of_tokens_that_is_too_high_is_told_of(place, capsys):
    text = RECIPE.format(kind="shared", weights="docstrings")
    text = text.replace("[start]", 'hard = 1\nmining_tokens = 400\ndistil = "kl"\n[start]')
    text = text.replace("hard = 1", "hard = 1\ndistil_tokens = 300")
    text += "[mining]\ndocstrings = 30\n[slow]\nbatch = 4\nnegatives = 2\nmax_tokens = 500\n"
    teacher = make_teacher(place / "start", place / "teacher")
    assert train(place, "--teacher", teacher, text=text) == 0
    said = capsys.readouterr().err
    for line in ("[slow] max_tokens is 500, but the start", "mining_tokens is 400, but the start"):
        assert f"{line} reads 64" in said
    assert "distil_tokens is 300, but the teacher reads 64" in said


def test_tasks_that_are_mined_for_no_query_are_not_looked_for(place):
    text = RECIPE.format(kind="cross-encoder", weights="docstrings")
    assert train(place, text=f"{text}[mining]\ndocstrings = 30\ndocs = 0\n") == 0


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cross-encoder", "no hard negatives for docstring of [weights], but for docstrings; "),
        ("codenn", "no descriptions of code for docstring; the groups have them for docstrings"),
    ],
)
def test_a_slip_in_the_name_of_a_task_tells_those_there_are(place, capsys, kind, message):
    text = RECIPE.format(kind=kind, weights="docstring") + "[mining]\ndocstrings = 30\n"
    assert train(place, text=text) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["cross-encoder", "classifier"])
def test_more_negatives_of_the_batch_than_of_all_sorts_are_told_as_such(place, capsys, kind):
    text = RECIPE.format(kind=kind, weights="docstrings")
    text = text.replace("[start]", "in_batch = 9\n[start]") + "[mining]\ndocstrings = 30\n"
    assert train(place, text=text) == 1
    assert "2 negatives cannot hold 9 in_batch and 0 random ones" in capsys.readouterr().err


def test_a_resumed_run_goes_on_in_weights_and_biases(place, monkeypatch):
    asked = []

    def init(**options):
        asked.append(options)
        return SimpleNamespace(log=lambda *_, **__: None, finish=lambda: None)

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    assert train(place, "--track", "wandb") == 0
    assert train(place, "--track", "wandb") == 0
    assert asked[0]["id"] == asked[1]["id"] and asked[1]["resume"] == "allow"
    about = asked[0]["config"]
    assert about["run"]["batch"] == 4 and about["weights"] == {"docstrings": 1.0}
    assert len(about["groups_sha256"]) == 64


def test_a_development_set_that_is_nested_too_deeply_is_one_line(place, capsys):
    folder = write_set(place / "set")
    (folder / "corpus.jsonl").write_text('{"_id": ' + "[" * 20_000)
    assert train(place, "--dev", folder) == 1
    assert f"{folder} is not in BEIR layout" in capsys.readouterr().err


@pytest.mark.parametrize("threads", ["-1", "1025", "99999999999"])
def test_no_machine_has_so_many_threads(place, capsys, threads):
    with pytest.raises(SystemExit, match="2"):
        train(place, "--threads", threads)
    assert "give a whole number from 0 to 1,024" in capsys.readouterr().err
