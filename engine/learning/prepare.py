"""Makes the training data: read, align, filter, write, and say what was removed.

`python -m engine.learning.prepare --data FOLDER --packages FILE --cache FOLDER --out FOLDER`
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.learning import packages, public_sets
from engine.learning.evaluation_sets import published_texts
from engine.learning.groups import Group, count_by_source, write_groups
from engine.learning.leakage import LeakageFilter
from engine.learning.pairs import docstring_pairs
from engine.learning.twins import twin_groups
from engine.paths import RESOURCES

log = logging.getLogger(__name__)


def prepare(
    data: Path, package_list: Path, cache: Path, sample: Path | None, out: Path, workers: int = 2
) -> dict[str, Any]:
    """Write `groups.jsonl` and `report.json` into `out`; returns the report.

    `data` holds the published sets, `cache` the wheels (fetched where missing), `sample` the
    sample corpus, which is an evaluation set too.
    """
    out.mkdir(parents=True, exist_ok=True)
    guard = leakage_filter(data, sample)
    groups = [*_from_packages(packages.read_list(package_list), cache, workers)]
    for name, reader in public_sets.READERS.items():
        groups.extend(reader(data))
        log.info("read %s", name)
    groups = _without_duplicates(groups)
    before = count_by_source(groups)
    kept, removed = guard.keep(groups)
    random.Random(0).shuffle(kept)
    path = out / "groups.jsonl"
    write_groups(path, kept)
    report = {
        "groups_before_filter": before,
        "groups": count_by_source(kept),
        "removed": dict(sorted(removed.items())),
        "removed_total": sum(removed.values()),
        "evaluation_texts": len(guard),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return report


def leakage_filter(data: Path, sample: Path | None = None) -> LeakageFilter:
    """A filter that knows the evaluation sets in `data` and the sample corpus."""
    guard = LeakageFilter()
    for name, text in published_texts(data):
        guard.add(name, text)
    if sample is not None:
        for path in sorted(sample.rglob("*.py")):
            guard.add("sample corpus", path.read_text(encoding="utf-8"))
    return guard


def _from_packages(listed: list[packages.Package], cache: Path, workers: int) -> Iterator[Group]:
    wheels = {package: packages.fetch(package, cache) for package in listed}
    twins = [(package, wheel) for package, wheel in wheels.items() if "twins" in package.use]
    documented = [item for item in wheels.items() if "docstrings" in item[0].use]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        aligned = pool.submit(_mine_twins, twins)  # together: packages are each other's twins
        for (package, _), groups in zip(
            documented, pool.map(_mine_docstrings, documented), strict=True
        ):
            log.info("%s %s: %d documented functions", package.name, package.version, len(groups))
            yield from groups
        log.info("twins: %d groups", len(aligned.result()))
        yield from aligned.result()


def _mine_docstrings(item: tuple[packages.Package, Path]) -> list[Group]:
    package, wheel = item
    return list(docstring_pairs(packages.read_python(wheel, package.skip), package.name))


def _mine_twins(items: list[tuple[packages.Package, Path]]) -> list[Group]:
    files = (file for package, wheel in items for file in packages.read_python(wheel, package.skip))
    return list(twin_groups(files))


def _without_duplicates(groups: list[Group]) -> list[Group]:
    seen: Counter[tuple[str, ...]] = Counter()
    kept = []
    for group in groups:
        key = tuple(sorted(" ".join(text.content.split()) for text in group.texts))
        seen[key] += 1
        if seen[key] == 1:
            kept.append(group)
    return kept


def main(arguments: list[str] | None = None) -> int:
    """The command line; the report goes to standard output."""
    parser = argparse.ArgumentParser(prog="python -m engine.learning.prepare")
    parser.add_argument("--data", type=Path, required=True, help="the published sets")
    parser.add_argument("--packages", type=Path, default=RESOURCES / "training/packages.toml")
    parser.add_argument("--cache", type=Path, required=True, help="keeps the wheels")
    parser.add_argument("--sample", type=Path, default=RESOURCES / "sample")
    parser.add_argument("--out", type=Path, required=True, help="gets groups.jsonl and report.json")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        report = prepare(options.data, options.packages, options.cache, options.sample, options.out)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
