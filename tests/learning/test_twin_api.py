import json

import pytest

from engine.errors import DataError
from engine.learning.packages import SourceFile
from engine.learning.twins import api_groups, read_api_names
from tests.learning.test_twins import SPREAD_OTHER, SPREAD_TORCH, in_class

STEP = """
def get_lr(self):
    if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
        return [group["lr"] for group in self.optimizer.param_groups]
    return [group["lr"] * self.gamma for group in self.optimizer.param_groups]
"""
DECAY = """
def get_lr(self):
    steps = max(self.last_epoch // self.step_size, 0)
    if self.verbose:
        print(steps)
    factor = self.gamma ** steps
    self.last_lr = self.base_lr * factor
    return self.last_lr
"""


@pytest.fixture
def tables(tmp_path):
    table = {"torch.optim.lr_scheduler.StepLR": {"paddle_api": "paddle.optimizer.lr.StepDecay"}}
    table["torch.odd"] = {"Matcher": "None"}
    (tmp_path / "paconvert_api_mapping.json").write_text(json.dumps(table))
    row = {"src_api": "torch.spread", "dst_api": "paddle.dispersion"}
    lines = [json.dumps(row), json.dumps({"src_api": "torch.x", "dst_api": None})]
    (tmp_path / "paddle_docs_torch2paddle.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def groups_of(files, names=()):
    groups = api_groups([SourceFile(*file) for file in files], dict(names))
    return [[text.content.split("(")[0] for text in group.texts] for group in groups]


def test_the_same_name_in_the_same_area_is_a_counterpart():
    files = [
        ("torch/nn/functional.py", SPREAD_TORCH),
        ("paddle/nn/functional/common.py", SPREAD_OTHER),
    ]
    assert groups_of(files) == [["def spread", "def spread"]]


def test_the_same_name_in_another_area_is_none():
    files = [("torch/optim/spread.py", SPREAD_TORCH), ("paddle/nn/functional/a.py", SPREAD_OTHER)]
    assert groups_of(files) == []


def test_the_tables_say_which_names_differ(tables):
    files = [
        ("torch/optim/lr_scheduler.py", in_class("StepLR", STEP)),
        ("paddle/optimizer/lr.py", in_class("StepDecay", DECAY)),
        ("torch/_refs/__init__.py", SPREAD_TORCH),
        ("paddle/tensor/stat.py", SPREAD_OTHER.replace("spread", "dispersion")),
    ]
    found = groups_of(files, read_api_names(tables))
    assert ["class StepLR", "class StepDecay"] in found
    assert ["def get_lr", "def get_lr"] in found
    assert ["def spread", "def dispersion"] in found


def test_the_public_function_is_preferred_to_its_reference():
    reference = SPREAD_TORCH.replace("values = torch.as", "values = refs.as")
    for files in ((0, 1), (1, 0)):
        both = [
            SourceFile("torch/_refs/nn/functional/__init__.py", reference),
            SourceFile("torch/nn/functional.py", SPREAD_TORCH),
        ]
        twin = SourceFile("paddle/nn/functional/a.py", SPREAD_OTHER)
        (group,) = api_groups([*(both[place] for place in files), twin], {})
        assert group.texts[0].content == SPREAD_TORCH.strip()


def test_a_missing_table_is_one_line(tmp_path):
    with pytest.raises(DataError, match="cannot read the API names"):
        read_api_names(tmp_path)


def test_the_same_name_goes_before_another_that_the_tables_give(tables):
    renamed = SPREAD_OTHER.replace("spread", "dispersion")
    files = [
        ("torch/_refs/__init__.py", SPREAD_TORCH),
        ("paddle/tensor/stat.py", SPREAD_OTHER + renamed),
    ]
    assert groups_of(files, read_api_names(tables)) == [["def spread", "def spread"]]


def test_a_function_that_works_in_place_gives_way_to_the_one_that_does_not():
    in_place = SPREAD_OTHER.replace("def spread(", "def spread_(").replace("xp.sqrt", "xp.sqrt_")
    for both in (in_place + SPREAD_OTHER, SPREAD_OTHER + in_place):
        files = [("torch/_refs/__init__.py", SPREAD_TORCH), ("paddle/tensor/stat.py", both)]
        assert groups_of(files) == [["def spread", "def spread"]]
