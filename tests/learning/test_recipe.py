"""Recipes: which file is meant, and what each kind reads."""

import tomllib
from pathlib import Path

from engine.learning.recipe import KINDS, read_recipe, recipe_path
from engine.learning.recipe_checks import unknown_settings


def test_a_folder_named_as_a_shipped_recipe_is_no_recipe(tmp_path, monkeypatch):
    (tmp_path / "encoder").mkdir()
    monkeypatch.chdir(tmp_path)
    assert recipe_path(Path("encoder")).is_file()


def test_each_kind_of_recipe_has_tables_of_its_own():
    recipe = {"kind": "", "run": {"hard": 1}, "weights": {"graded": 1}} | {
        name: {} for name in ("start", "slow", "mining", "chances", "grades")
    }
    unread = {kind: unknown_settings(kind, recipe) for kind in ("encoder", "shared", "codenn")}
    assert unread == {
        "encoder": ["[weights] graded", "[grades]", "[slow]"],
        "shared": [],
        "codenn": ["hard", "[chances]", "[grades]", "[mining]", "[slow]", "[start]"],
    }


def test_the_shipped_recipes_have_no_slips():
    for kind in KINDS:
        recipe = read_recipe(recipe_path(Path(kind)))
        assert recipe.kind == kind
        assert not unknown_settings(kind, tomllib.loads(recipe.text))
