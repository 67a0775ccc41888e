"""The API maps: enough of them, true to the packages that are here, one with the neutral names."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from engine.align.hints import hints_for
from engine.code.api_maps import api_maps
from engine.code.api_names import api_names
from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES
from engine.types import Framework
from tests.benchmarks.api_maps.merge import same
from tests.benchmarks.api_maps.operations import read_operations
from tests.benchmarks.api_maps.side import Framework as Executed

MAPS = api_maps()
SOURCE = {operation.name: operation for operation in read_operations()}
ROWS = json.loads((RESOURCES / "api_maps.json").read_text(encoding="utf-8"))["operations"]


def test_there_are_enough_operations_in_enough_frameworks() -> None:
    assert len(MAPS.operations) >= 400
    frameworks = {framework for op in MAPS.operations for framework in op.spellings}
    assert frameworks >= set(Framework)
    assert sum(len(op.spellings) >= 4 for op in MAPS.operations) >= 150
    assert len({op.name for op in MAPS.operations}) == len(MAPS.operations)


@pytest.fixture(scope="module")
def executed() -> dict[str, Executed]:
    """The two frameworks that are always here."""
    return {"PyTorch": Executed("torch"), "NumPy": Executed("numpy")}


@pytest.mark.parametrize("start", range(0, len(ROWS), 40))
def test_both_sides_give_the_same_result_when_executed(
    executed: dict[str, Executed], start: int
) -> None:
    for row in ROWS[start : start + 40]:
        if not {"PyTorch", "NumPy"} <= row["in"].keys():
            continue
        results = []
        for name, framework in executed.items():
            result = framework.run(SOURCE[row["name"]], row["in"][name]["call"])
            listed = np.asarray(result, dtype="complex128")
            results.append(
                {
                    "shape": list(result.shape),
                    "real": listed.real.ravel().tolist(),
                    "imag": listed.imag.ravel().tolist(),
                }
            )
        assert same(*results), row["name"]


@pytest.mark.parametrize("name", ["PyTorch", "NumPy"])
def test_every_name_and_argument_is_there(name: str) -> None:
    missing = []
    for row in ROWS:
        spelling = row["in"].get(name)
        if spelling is None:
            continue
        function: Any = _resolve(spelling["api"])
        assert callable(function), spelling["api"]
        try:
            owner = function.__init__ if inspect.isclass(function) else function
            parameters = inspect.signature(owner).parameters
            takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
            known = set() if takes_any else set(parameters)
        except (TypeError, ValueError):
            known = set()  # C functions say it in their docstrings only
        wanted = {*spelling.get("names", {}).values(), *spelling.get("fixed", {})}
        if known and not wanted <= known:
            missing.append((row["name"], wanted - known))
    assert not missing


def _resolve(api: str) -> Any:
    parts = api.split(".")
    found: Any = import_module(parts[0])
    for part in parts[1:]:
        found = getattr(found, part)
    return found


def test_the_maps_and_the_neutral_names_are_one_truth() -> None:
    """What the maps put into one row never has two names in the neutral view."""
    torn = {}
    for operation in MAPS.operations:
        names = {
            api_names().neutral(strip_prefix(s.api).split("."), qualified=True, method=False)
            for s in operation.spellings.values()
        } - {""}
        if len(names) > 1:
            torn[operation.name] = names
    assert len(torn) <= 0.08 * len(MAPS.operations), torn


def test_a_hint_names_both_sides_and_what_differs() -> None:
    hint = MAPS.hint("tf.concat", Framework.TENSORFLOW, Framework.PYTORCH)
    assert hint.split("\n") == [
        "tf.concat(values, axis) ↔ torch.cat(tensors, dim=0)",
        "values → tensors; axis → dim; dim defaults to 0",
    ]
    hint = MAPS.hint("np.std", Framework.NUMPY, Framework.PYTORCH)
    assert "give correction=0" in hint


@pytest.mark.parametrize(
    ("written", "framework", "name"),
    [
        ("F.softmax", Framework.PYTORCH, "softmax"),
        ("torch.nn.functional.softmax", Framework.PYTORCH, "softmax"),
        ("jnp.concatenate", Framework.JAX, "concatenate"),
        ("mx.np.concatenate", Framework.MXNET, "concatenate"),
        ("paddle.concat", Framework.PADDLE, "concatenate"),
    ],
)
def test_names_are_found_as_people_write_them(
    written: str, framework: Framework, name: str
) -> None:
    found = MAPS.find(framework, written)
    assert found is not None and found.name == name


def test_hints_of_a_snippet_are_by_the_names_it_uses() -> None:
    hints = hints_for(
        "y = F.softmax(torch.cat([a, b], 1), -1)\nprint(y)", Framework.PYTORCH, Framework.JAX
    )
    assert set(hints) == {"F.softmax", "torch.cat"}
    assert "jax.numpy.concatenate" in hints["torch.cat"]
    assert hints_for("torch.cat(x)", Framework.PYTORCH, Framework.PYTORCH) == {}
    assert hints_for("torch.cat(x)", None, Framework.JAX) == {}
    assert MAPS.hint("nothing.known", Framework.PYTORCH, Framework.JAX) == ""
