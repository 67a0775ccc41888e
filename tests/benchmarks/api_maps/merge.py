"""Compares what the frameworks made of every operation, and writes `resources/api_maps.json`.

    python -m tests.benchmarks.api_maps.merge SIDE.json ...

`SIDE.json` are the reports of `side.py`. A framework stays in an operation if its result is that of
most of them, to four digits; an operation stays if two frameworks do.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from engine.code.api_names import api_names
from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES
from tests.benchmarks.api_maps.operations import FRAMEWORKS, Operation, main_call, read_operations

OUT = RESOURCES / "api_maps.json"
ABOUT = (
    "Operations and how each framework spells them: written for this project, Apache-2.0. Every "
    "call was executed, and gave the same result as the others of its row, by "
    "tests/benchmarks/api_maps. 'names' maps the roles of arguments to their names there, 'fixed' "
    "are arguments that have to be given for the same result, 'defaults' belong to the roles."
)
_FULL = {"np": "numpy", "jnp": "jax.numpy"}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two results are equal to four digits, NaN like NaN."""
    if one["shape"] != other["shape"]:
        return False
    pairs = ((np.array(one[part]), np.array(other[part])) for part in ("real", "imag"))
    return all(np.allclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True) for a, b in pairs)


def agreeing(records: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The largest group of frameworks with one result; the first of equals."""
    best: dict[str, dict[str, Any]] = {}
    for record in records.values():
        group = {name: other for name, other in records.items() if same(record, other)}
        if len(group) > len(best):
            best = group
    return best


def spelled(operation: Operation, record: dict[str, Any]) -> dict[str, Any] | None:
    """How a framework spells an operation; None if it is no plain call."""
    found = main_call(record["call"])
    if found is None:
        return None
    api, call = found
    head, _, rest = api.partition(".")
    positional = [name for name, _, by_place in record["parameters"] if by_place]
    defaults = {name: default for name, default, _ in record["parameters"] if default is not None}
    given = [(positional[i] if i < len(positional) else "", argument)
             for i, argument in enumerate(call.args)]  # fmt: skip
    given += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
    names: dict[str, str] = {}
    fixed: dict[str, str] = {}
    for name, argument in given:
        used = [n.id for n in ast.walk(argument) if isinstance(n, ast.Name)]
        roles = [role for role in used if role in operation.roles]
        if roles and name:
            names.setdefault(roles[0], name)
        elif isinstance(argument, ast.Constant) and _is_size(operation, name, argument):
            # A layer's sizes: what is 5 in one framework is what is 5 in another.
            names.setdefault(ast.unparse(argument), name)
        elif not roles and name:
            fixed[name] = ast.unparse(argument)
    return {
        "api": f"{_FULL.get(head, head)}.{rest}",
        "call": record["call"],
        "names": names,
        "defaults": {role: defaults[name] for role, name in names.items() if name in defaults},
        "fixed": fixed,
    }


def _is_layer(operation: Operation) -> bool:
    return operation.name.endswith(("_layer", "_class"))


def _is_size(operation: Operation, name: str, argument: ast.Constant) -> bool:
    number = isinstance(argument.value, int | float) and not isinstance(argument.value, bool)
    return _is_layer(operation) and bool(name) and number and "eps" not in name


def neutral_of(apis: list[str]) -> str:
    """The neutral name that most of the APIs have in the neutral view; empty if they have none."""
    counted: Counter[str] = Counter()
    for api in apis:
        found = api_names().neutral(strip_prefix(api).split("."), qualified=True, method=False)
        counted.update([found] if found else [])
    return counted.most_common(1)[0][0] if counted else ""


def main() -> None:
    reports: dict[str, dict[str, Any]] = {}
    for path in map(Path, sys.argv[1:]):
        reports |= json.loads(path.read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = []
    tried = dropped = 0
    for operation in read_operations():
        records = {key: reports[key][operation.name] for key in FRAMEWORKS
                   if operation.name in reports.get(key, {})}  # fmt: skip
        kept = agreeing(records)
        tried += len(records)
        dropped += len(records) - len(kept)
        spellings = {FRAMEWORKS[key]: spelling for key, record in kept.items()
                     if (spelling := spelled(operation, record))}  # fmt: skip
        if len(spellings) >= 2:
            apis = [spelling["api"] for spelling in spellings.values()]
            roles = operation.roles
            if _is_layer(operation):
                roles = list(dict.fromkeys(r for s in spellings.values() for r in s["names"]))
            rows.append({"name": operation.name, "neutral": neutral_of(apis), "arguments": roles,
                         "in": spellings})  # fmt: skip
    rows = _without_repeats(rows)
    OUT.write_text(_compact({"about": ABOUT, "operations": rows}), encoding="utf-8")
    by_framework = Counter(framework for row in rows for framework in row["in"])
    print(f"{len(rows)} operations, {sum(by_framework.values())} spellings; "
          f"{dropped} of {tried} executed calls gave another result and were left out")  # fmt: skip
    print(", ".join(f"{name} {count}" for name, count in by_framework.most_common()))
    print(sum(len(row["in"]) >= 4 for row in rows), "operations in four frameworks or more")


def _without_repeats(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without rows all of whose spellings are in another row."""
    calls = [{(f, s["call"]) for f, s in row["in"].items()} for row in rows]
    return [
        row
        for i, row in enumerate(rows)
        if not any(
            calls[i] < calls[j] or (calls[i] == calls[j] and j < i)
            for j in range(len(rows))
            if j != i
        )
    ]


def _compact(table: dict[str, Any]) -> str:
    """JSON with one operation a line."""
    for row in table["operations"]:
        for spelling in row["in"].values():
            for part in ("names", "defaults", "fixed"):
                if not spelling[part]:
                    del spelling[part]
    lines = ",\n".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in table["operations"]
    )
    return f'{{\n"about": {json.dumps(table["about"])},\n"operations": [\n{lines}\n]\n}}\n'


if __name__ == "__main__":
    main()
