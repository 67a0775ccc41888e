"""Compares what the frameworks made of every operation, and writes `resources/api_maps.json`.

    python -m tests.benchmarks.api_maps.merge SIDE.json ...

`SIDE.json` are the reports of `side.py`. A framework stays in an operation if its result is that of
most of them, to four digits; an operation stays if two frameworks do. The neutral names stay what
they are: what the new rows no longer say goes to `names`, which is also the place to add some.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.code.api_names import ApiGroup, api_names, read_groups, said_by
from engine.code.api_spellings import kind_of
from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES
from tests.benchmarks.api_maps.operations import FRAMEWORKS, Operation, main_call, read_operations

OUT = RESOURCES / "api_maps.json"
ABOUT = (
    "Operations and how each framework spells them: written for this project, Apache-2.0. Every "
    "call was executed, and gave the same result as the others of its row, by "
    "tests/benchmarks/api_maps. 'names' maps the roles of arguments to their names there, 'fixed' "
    "are arguments that have to be given for the same result, 'defaults' belong to the roles. "
    "'neutral' is what the framework-neutral view calls a row's APIs, or one of them. 'names' adds "
    "to these what no row holds: 'apis' count after a framework prefix (torch.cat), and anywhere "
    "when they are class names (CrossEntropyLoss); 'methods' count after a dot (x.unsqueeze); "
    "'words' count anywhere. A framework's usual API comes first."
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
    """The neutral name that most of the APIs have; empty if they have none."""
    counted = Counter(found for api in apis if (found := _neutral(api)))
    return counted.most_common(1)[0][0] if counted else ""


def _neutral(api: str) -> str:
    return api_names().neutral(strip_prefix(api).split("."), qualified=True, method=False)


def with_names(rows: list[dict[str, Any]], groups: list[ApiGroup]) -> dict[str, Any]:
    """The whole table: the rows with their neutral names, and what else is in the groups."""
    for row in rows:
        row["neutral"] = neutral_of([spelling["api"] for spelling in row["in"].values()])
        for spelling in row["in"].values():
            own = _neutral(spelling["api"])
            spelling.pop("neutral", None)
            if own != row["neutral"]:
                spelling["neutral"] = own
    said = said_by(rows)
    names = []
    for group in groups:
        known = said.get(group.name, [])
        more = [api for api in group.apis if api not in known]
        usual = {_usual(api, group.apis) for api in group.apis}
        first = {_usual(api, [*more, *known]) for api in group.apis}
        kept = [api for api in group.apis if api in more or api in usual - first]
        parts = {"apis": kept, "methods": group.methods, "words": group.words}
        names.append({"name": group.name, **{k: list(part) for k, part in parts.items() if part}})
    return {"about": ABOUT, "operations": rows, "names": names}


def _usual(api: str, apis: Sequence[str]) -> str:
    """The first of the APIs that is of the same framework and, like this one, a class or not."""
    kind = kind_of(api)
    return next((other for other in apis if kind_of(other) == kind), "")


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
            roles = operation.roles
            if _is_layer(operation):
                roles = list(dict.fromkeys(r for s in spellings.values() for r in s["names"]))
            rows.append({"name": operation.name, "neutral": "", "arguments": roles,
                         "in": spellings})  # fmt: skip
    rows = _without_repeats(rows)
    OUT.write_text(compact(with_names(rows, read_groups(OUT))), encoding="utf-8")
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


def compact(table: dict[str, Any]) -> str:
    """JSON with one operation, and one group of names, a line."""
    for row in table["operations"]:
        for spelling in row["in"].values():
            for part in ("names", "defaults", "fixed"):
                if not spelling.get(part):
                    spelling.pop(part, None)
    parts = [f'"about": {json.dumps(table["about"])}']
    for part in ("operations", "names"):
        lines = ",\n".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in table[part]
        )
        parts.append(f'"{part}": [\n{lines}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
