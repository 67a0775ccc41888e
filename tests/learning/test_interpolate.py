import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import ModelError
from engine.learning.interpolate import interpolate


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
