"""The recipe of the training data: download, mine, clean, filter, split, and count.

`counterpart pairs recipe` runs it. Of everything it takes the first steps from files that an
earlier run left (wheels, mined packages), so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DataError, DiskError
from engine.job import Job
from engine.learning import public_sets
from engine.learning.evaluation_sets import challenge_repositories, published_texts
from engine.learning.groups import Group, Text, read_groups, write_groups
from engine.learning.leakage.guard import LeakageFilter
from engine.learning.leakage.report import FilterReport
from engine.learning.leakage.rows import filter_rows
from engine.learning.licences import check_licence
from engine.learning.mining import Mined, Source, mine_packages
from engine.learning.packages import Package, read_list
from engine.learning.pairs.cleaning import CleanReport, clean
from engine.learning.pairs.record import Kind, anonymous, read_pairs
from engine.learning.pairs.split import SHARES, SplitReport, split, split_of
from engine.learning.prepared import GroupCount, Prepared
from engine.learning.wheels import fetch, read_stated, repositories_of
from engine.types import Progress

DOCSTRINGS, COMMENTS = "docstrings", "comments"
_STEP = 500


@dataclass(frozen=True)
class Inputs:
    """What the recipe reads and where it writes.

    `data` holds the published sets, `cache` the wheels, `sample` the sample corpus (an evaluation
    set too), `out` gets the results, and `out/work` what lets a run go on.
    """

    data: Path
    packages: Path
    cache: Path
    out: Path
    sample: Path | None = None
    workers: int = 2


def prepare(inputs: Inputs) -> Job[Prepared]:
    """Make the training data. Raises `DataError` or `DiskError`, with one line."""
    listed = read_list(inputs.packages)
    work = inputs.out / "work"
    try:
        work.mkdir(parents=True, exist_ok=True)
        inputs.cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        place = error.filename or work
        raise DiskError(f"cannot make the folder {place}: {error.strerror or error}") from error
    guard = yield from _learnt(inputs.data, inputs.sample)
    sources = yield from fetch_all(listed, inputs.cache, inputs.data)
    mined = yield from mine_packages(sources, inputs.data / "api_maps", work, inputs.workers)
    cleaned, filtered, parts = yield from _pairs(mined, guard, work, inputs.out)
    names = {anonymous("repository", package.name): package.name for package in listed}
    counts = yield from _groups(inputs, mined, guard, names)
    return Prepared(
        packages=len(listed),
        licences=dict(Counter(package.licence for package in listed).most_common()),
        evaluation_texts=len(guard),
        mined=mined.counts,
        cleaned=cleaned,
        filtered=filtered,
        split=parts,
        groups=counts,
    )


def fetch_all(listed: Sequence[Package], cache: Path, data: Path) -> Job[list[Source]]:
    """The listed packages' wheels, downloaded where missing, their licences and origins checked."""
    challenge = challenge_repositories(data)
    sources = []
    for number, package in enumerate(listed):
        yield Progress("checking packages", number, len(listed), str(package.release))
        wheel = yield from fetch(package.release, cache)
        older = (yield from fetch(package.before, cache)) if package.before else None
        stated = read_stated(wheel)
        check_licence(stated, str(package.release), package.licence)
        known = repositories_of(stated.metadata) & challenge
        if known and older is None:
            raise DataError(
                f"{package.name} comes from {min(known)}, which CodeSearchNet's test split holds; "
                "leave it out of the list"
            )
        sources.append(Source(package, wheel, older))
    return sources


def leakage_filter(data: Path, sample: Path | None = None) -> LeakageFilter:
    """A filter that knows the evaluation sets in `data` and the sample corpus."""
    guard = LeakageFilter()
    for name, text in _evaluation_texts(data, sample):
        guard.add(name, text)
    return guard


def _learnt(data: Path, sample: Path | None) -> Job[LeakageFilter]:
    guard = LeakageFilter()
    for number, (name, text) in enumerate(_evaluation_texts(data, sample), 1):
        guard.add(name, text)
        if number % _STEP == 0:
            yield Progress("reading evaluation sets", number, None, name)
    return guard


def _evaluation_texts(data: Path, sample: Path | None) -> Iterator[tuple[str, str]]:
    yield from published_texts(data)
    for path in sorted(sample.rglob("*.py")) if sample is not None else ():
        yield "sample corpus", path.read_text(encoding="utf-8")


def _pairs(
    mined: Mined, guard: LeakageFilter, work: Path, out: Path
) -> Job[tuple[CleanReport, FilterReport, SplitReport]]:
    together, cleaned, kept = (work / f"{name}.jsonl" for name in ("mined", "clean", "kept"))
    try:
        with together.open("wb") as file:
            for path in mined.pairs:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, file)
                yield Progress("joining", 0, None, path.name)
    except OSError as error:
        raise DiskError(f"cannot write {together}: {error.strerror or error}") from error
    try:
        cleaning = yield from clean(together, cleaned)
        filtering = yield from filter_rows(cleaned, guard, kept)
        parts = yield from split(kept, out)
    finally:  # made again in minutes, and as large as the result
        for path in (together, cleaned, kept):
            path.unlink(missing_ok=True)
    return cleaning, filtering, parts


def _groups(
    inputs: Inputs, mined: Mined, guard: LeakageFilter, names: dict[str, str]
) -> Job[list[GroupCount]]:
    """Write the groups of each split, those of the pairs among them; count all but the pairs."""
    counts: dict[str, GroupCount] = {}
    seen: set[tuple[str, ...]] = set()
    kept: dict[str, list[Group]] = {name: [] for name in SHARES}
    for number, group in enumerate(_candidates(inputs.data, mined.twins)):
        count = counts.setdefault(
            f"{group.task}: {group.source}", GroupCount(group.task, group.source)
        )
        leak = guard.find_any(text.content for text in group.texts)
        key = tuple(sorted(" ".join(text.content.split()) for text in group.texts))
        if count.add(group, copied=key in seen, leaking=leak is not None):
            kept[split_of(group.origin) if group.origin else "train"].append(group)
        seen.add(key)
        if number % 100 == 0:
            yield Progress("filtering groups", number, None, group.source)
    for part, groups in kept.items():
        groups.extend(_of_pairs(inputs.out / f"{part}.jsonl", names))
        random.Random(0).shuffle(groups)
        name = "groups.jsonl" if part == "train" else f"groups.{part}.jsonl"
        yield Progress("writing groups", 0, None, name)
        partial = inputs.out / f"{name}.partial"
        write_groups(partial, groups)
        partial.replace(inputs.out / name)
    return [counts[name] for name in sorted(counts)]


def _candidates(data: Path, twins: Path) -> Iterator[Group]:
    yield from read_groups(twins)
    for reader in public_sets.READERS.values():
        yield from reader(data)


def _of_pairs(path: Path, names: dict[str, str]) -> Iterable[Group]:
    for pair in read_pairs(path):
        task = DOCSTRINGS if pair.kind == Kind.REPOSITORY_DOCSTRING else COMMENTS
        texts = (Text(pair.text), Text(pair.code, "Python"))
        yield Group(task, names.get(pair.group, pair.group), texts, origin=pair.group)
