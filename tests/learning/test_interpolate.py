import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import ModelError
from engine.learning.interpolate import interpolate, main


def make(folder, **tensors):
    folder.mkdir()
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text("{}")
    return folder


def test_the_weights_are_mixed_and_the_other_files_kept(tmp_path):
    start = make(tmp_path / "start", w=torch.zeros(2), pooler=torch.ones(3))
    trained = make(tmp_path / "trained", w=torch.tensor([1.0, 2.0]).half())
    interpolate(start, [trained], tmp_path / "out", 0.75)
    mixed = load_file(tmp_path / "out/model.safetensors")
    assert mixed["w"].tolist() == [0.75, 1.5]
    assert mixed["w"].dtype == torch.float16
    assert set(mixed) == {"w"}
    assert (tmp_path / "out/config.json").exists()


def test_several_runs_count_alike(tmp_path):
    start = make(tmp_path / "start", w=torch.zeros(2))
    runs = [make(tmp_path / f"run{n}", w=torch.tensor([n, 2.0 * n])) for n in (1.0, 3.0)]
    interpolate(start, runs, tmp_path / "out", 0.5)
    assert load_file(tmp_path / "out/model.safetensors")["w"].tolist() == [1.0, 2.0]


def test_models_of_another_shape_are_refused(tmp_path):
    start = make(tmp_path / "start", w=torch.zeros(3))
    trained = make(tmp_path / "trained", w=torch.zeros(2))
    with pytest.raises(ModelError, match="differ in w"):
        interpolate(start, [trained], tmp_path / "out", 0.5)


RECIPE = """
kind = "encoder"
[run]
seed = 1
steps = 1
batch = 2
max_tokens = 32
learning_rate = 1e-3
warmup = 1
share = 0.5
[start]
[weights]
docstrings = 1
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "run").mkdir()
    make(tmp_path / "start", w=torch.zeros(2))
    make(tmp_path / "run/model", w=torch.ones(2))
    (tmp_path / "file").write_text("")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/model.safetensors").write_bytes(b"damaged")
    return tmp_path


def mix(place, out, trained):
    paths = (place / "recipe.toml", place / out, place / trained)
    return main([*map(str, paths), "--start", str(place / "start")])


def test_the_start_can_be_given(place, capsys):
    assert mix(place, "out", "run/model") == 0
    assert load_file(place / "out/model.safetensors")["w"].tolist() == [0.5, 0.5]
    assert main([str(place / name) for name in ("recipe.toml", "out", "run/model")]) == 1
    assert "give its folder with --start" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "trained", "message"),
    [
        ("out", "nowhere", "holds no model.safetensors; give a folder that a training wrote"),
        ("out", "run", "it is a run's folder: give {place}/run/model"),
        ("out", "damaged", "damaged/model.safetensors cannot be read"),
        ("file", "run/model", "file is a file; give a folder"),
        ("file/out", "run/model", "cannot write to"),
        ("run/model", "run/model", "lies in a model that is mixed"),
        ("run/model/out", "run/model", "lies in a model that is mixed"),
        ("start", "run/model", "lies in a model that is mixed"),
    ],
)
def test_what_cannot_be_mixed_is_one_line(place, capsys, out, trained, message):
    assert mix(place, out, trained) == 1
    said = capsys.readouterr().err
    assert message.format(place=place) in said and said.count("\n") == 1
    assert load_file(place / "run/model/model.safetensors")["w"].tolist() == [1.0, 1.0]


def test_a_shipped_recipe_goes_by_its_name(place, capsys, monkeypatch):
    monkeypatch.chdir(place)
    assert main(["encoder", "out", "run/model", "--start", "start"]) == 0
    assert load_file(place / "out/model.safetensors")["w"].tolist() == pytest.approx(
        [0.66, 0.66], abs=1e-3
    )


def test_what_is_there_stays_whole_if_the_mixed_model_cannot_be_written(place, capsys):
    make(place / "out", w=torch.full((2,), 7.0))
    (place / "out/model.safetensors.partial/in the way").mkdir(parents=True)
    assert mix(place, "out", "run/model") == 1
    assert load_file(place / "out/model.safetensors")["w"].tolist() == [7.0, 7.0]


def test_what_the_disk_refuses_of_many_files_is_said_in_few_words(place, capsys):
    (place / "run/model/1_Pooling").mkdir()
    (place / "out").mkdir()
    (place / "out/1_Pooling").write_text("in the way")
    assert mix(place, "out", "run/model") == 1
    said = capsys.readouterr().err
    assert "File exists" in said and "[(" not in said and said.count("\n") == 1
