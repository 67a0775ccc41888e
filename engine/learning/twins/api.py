"""PaddlePaddle's API against PyTorch's: counterparts by area of the API and by name.

The two keep the same things in parts of the library that correspond (`torch/nn/modules`,
`paddle/nn/layer`), mostly under the same names; published tables of API names say which names
differ (`StepLR`, `StepDecay`). What PyTorch implements in C++ it also writes out in Python, as
references for its compiler (`torch/_refs`, `torch/_decomp`).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.learning.definitions import definitions
from engine.learning.groups import Group
from engine.learning.packages import SourceFile
from engine.learning.twins.align import Wanted, group_of, is_worth_aligning
from engine.learning.twins.names import normalised_name

SOURCE = "torch-paddle"

AREAS = {
    "layers": (("torch/nn/modules/",), ("paddle/nn/layer/",)),
    "functional": (
        ("torch/nn/functional.py", "torch/_refs/nn/functional/", "torch/_decomp/decompositions.py"),
        ("paddle/nn/functional/",),
    ),
    "tensors": (
        ("torch/functional.py", "torch/_refs/", "torch/_decomp/decompositions.py"),
        ("paddle/tensor/", "paddle/signal.py", "paddle/linalg.py"),
    ),
    "fft": (("torch/_refs/fft.py",), ("paddle/fft.py",)),
    "optimizers": (("torch/optim/",), ("paddle/optimizer/",)),
    "distributions": (("torch/distributions/",), ("paddle/distribution/",)),
    "initialisers": (("torch/nn/init.py",), ("paddle/nn/initializer/",)),
    "modules": (("torch/nn/utils/",), ("paddle/nn/utils/",)),
    "data": (("torch/utils/data/",), ("paddle/io/",)),
    "autograd": (("torch/autograd/",), ("paddle/autograd/", "paddle/incubate/autograd/")),
    "mixed precision": (("torch/amp/",), ("paddle/amp/",)),
    "collectives": (
        ("torch/distributed/distributed_c10d.py",),
        ("paddle/distributed/communication/", "paddle/distributed/collective.py"),
    ),
    "operators": (("torchvision/ops/",), ("paddle/vision/ops.py",)),
    "transforms": (
        ("torchvision/transforms/functional.py", "torchvision/transforms/transforms.py"),
        ("paddle/vision/transforms/",),
    ),
}
"""Parts of the libraries that correspond: path prefixes on both sides, the best first."""

_TABLES = ("paconvert_api_mapping.json", "paddle_docs_torch2paddle.jsonl")


def read_api_names(folder: Path) -> dict[str, frozenset[str]]:
    """PaddlePaddle's names for PyTorch's (`steplr` → {`stepdecay`}), from the published tables.

    `folder` holds the two tables named in `docs/data.md`. Raises `DataError` if one is unreadable.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for torch, paddle in _rows(folder):
        names[_last(torch)].add(_last(paddle))
    return {name: frozenset(found) for name, found in names.items()}


def api_groups(
    files: Iterable[SourceFile],
    renamed: Mapping[str, Iterable[str]],
    wanted: Wanted = lambda file, definition: True,
    losses: Counter[str] | None = None,
) -> Iterator[Group]:
    """Groups of a PyTorch definition and PaddlePaddle's, copies and hollow bodies marked."""
    losses = Counter() if losses is None else losses
    torch: dict[str, dict[str, tuple[int, str]]] = defaultdict(dict)
    paddle: dict[str, dict[str, tuple[int, str]]] = defaultdict(dict)
    for file in files:
        for area, left, right in _areas(file.path):
            side, rank = (torch, left) if left is not None else (paddle, right)
            for definition in definitions(file.text):
                if not is_worth_aligning(definition):
                    continue
                if not wanted(file, definition):
                    losses["older than June 2019"] += 1
                    continue
                name = normalised_name(definition.name)
                in_place = definition.name.endswith("_")  # `add_` gives way to `add`
                entry = (2 * (rank or 0) + in_place, definition.code)
                side[area][name] = min(side[area].get(name, entry), entry, key=lambda e: e[0])
    for area in AREAS:
        for name, (_, code) in torch[area].items():
            top, dot, rest = name.partition(".")
            for other in (top, *sorted(renamed.get(top, ()))):
                twin = paddle[area].get(other + dot + rest)
                if twin is not None:
                    yield group_of(SOURCE, f"{area}/{top}", (code, twin[1]))
                    break


def _areas(path: str) -> Iterator[tuple[str, int | None, int | None]]:
    for area, (left, right) in AREAS.items():
        first, second = _rank(path, left), _rank(path, right)
        if first is not None or second is not None:
            yield area, first, second


def _rank(path: str, prefixes: tuple[str, ...]) -> int | None:
    return next((rank for rank, prefix in enumerate(prefixes) if path.startswith(prefix)), None)


def _rows(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        table = json.loads((folder / _TABLES[0]).read_text(encoding="utf-8"))
        for name, entry in table.items():
            if entry.get("paddle_api"):
                yield name, entry["paddle_api"]
        for line in (folder / _TABLES[1]).read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            if row.get("src_api") and row.get("dst_api"):
                yield row["src_api"], row["dst_api"]
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"cannot read the API names in {folder} ({error}); see docs/data.md") from (
            error
        )


def _last(name: str) -> str:
    return normalised_name(name.rpartition(".")[2])
