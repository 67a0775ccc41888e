"""The API maps: enough of them, true to the packages that are here, one with the neutral names."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.align.hints import hints_for
from engine.code.api_maps import ApiMaps, api_maps
from engine.code.api_names import ApiNames, api_names, read_groups
from engine.code.api_spellings import spellings_by_name
from engine.code.prefixes import strip_prefix
from engine.types import Framework
from tests.benchmarks.api_maps.merge import OUT, compact, same, with_names
from tests.benchmarks.api_maps.operations import read_operations
from tests.benchmarks.api_maps.side import Framework as Executed

MAPS = api_maps()
SOURCE = {operation.name: operation for operation in read_operations()}
ROWS = json.loads(OUT.read_text(encoding="utf-8"))["operations"]


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


def test_the_neutral_view_calls_every_spelling_as_its_row_does() -> None:
    for row in ROWS:
        for spelling in row["in"].values():
            parts = strip_prefix(spelling["api"]).split(".")
            found = api_names().neutral(parts, qualified=True, method=False)
            assert found == spelling.get("neutral", row["neutral"]), spelling["api"]
            assert spelling.get("neutral") != row["neutral"], "said twice"
    own = sum("neutral" in spelling for row in ROWS for spelling in row["in"].values())
    assert own <= 0.03 * sum(len(row["in"]) for row in ROWS)


def test_view_training_and_hints_read_one_table_that_says_nothing_twice(tmp_path: Path) -> None:
    groups = read_groups(OUT)
    rows = json.loads(OUT.read_text(encoding="utf-8"))["operations"]
    assert compact(with_names(rows, groups)) == OUT.read_text(encoding="utf-8")
    # A name that only a row holds reaches all three of them.
    spellings = {
        "PyTorch": {"api": "torch.frob", "names": {"x": "input"}},
        "NumPy": {"api": "numpy.frobnicate", "names": {"x": "a"}},
    }
    row = {"name": "frobnicate", "neutral": "frobnicate", "arguments": ["x"], "in": spellings}
    path = tmp_path / "maps.json"
    path.write_text(json.dumps({"operations": [row], "names": [{"name": "frobnicate"}]}))
    names = ApiNames.load(path)
    assert names.neutral(["frob"], qualified=True, method=False) == "frobnicate"
    assert names.fingerprint != api_names().fingerprint
    table = spellings_by_name(path)
    assert table["frob"][Framework.NUMPY, False] == ("numpy.frobnicate",)
    hint = ApiMaps.load(path).hint("torch.frob", Framework.PYTORCH, Framework.NUMPY)
    assert hint.startswith("torch.frob(input) ↔ numpy.frobnicate(a)")


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


def test_what_takes_several_calls_is_shown_as_they_are_and_not_taken_for_its_outer_one() -> None:
    assert "↔ tf.reshape(x, [-1])" in MAPS.hint(
        "torch.flatten", Framework.PYTORCH, Framework.TENSORFLOW
    )
    found = MAPS.find(Framework.TENSORFLOW, "tf.reshape")
    assert found is not None and found.name == "reshape"
    for operation in MAPS.operations:
        for framework, spelling in operation.spellings.items():
            if not spelling.call:
                assert MAPS.find(framework, spelling.api) is not None
            else:
                assert spelling.call.count("(") == spelling.call.count(")") > 0


def test_arguments_without_known_names_are_shown_by_their_roles() -> None:
    hint = MAPS.hint("np.zeros", Framework.NUMPY, Framework.PYTORCH)
    assert hint == "numpy.zeros(shape) ↔ torch.zeros(shape)"


@pytest.mark.parametrize(
    ("written", "source", "target", "name"),
    [
        ("nn.Dense", Framework.MXNET, Framework.PYTORCH, "torch.nn.Linear"),
        ("nn.Conv2d", Framework.PYTORCH, Framework.MXNET, "mx.gluon.nn.Conv2D"),
        ("torch.optim.SGD", Framework.PYTORCH, Framework.TENSORFLOW, "tf.keras.optimizers.SGD"),
        ("mx.nd.concat", Framework.MXNET, Framework.PYTORCH, "torch.cat"),
    ],
)
def test_where_no_row_compares_arguments_the_name_is_given_alone(
    written: str, source: Framework, target: Framework, name: str
) -> None:
    assert MAPS.hint(written, source, target) == f"{written} ↔ {name}\nthe arguments may differ"


def test_pythons_own_functions_and_anybodys_have_no_hint() -> None:
    text = "sum(x)\nrange(3)\nmax(a, b)\nsplit(text)\nself.encoder(x)\nmodel.fit(x)"
    assert hints_for(text, Framework.PYTORCH, Framework.JAX) == {}
