"""Mining the listed packages: each once, its result kept until the package or the rules change."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.job import Job
from engine.learning import twins
from engine.learning.apart import Call, run_apart
from engine.learning.definitions import Definition
from engine.learning.groups import Group, write_groups
from engine.learning.older import OlderRelease
from engine.learning.packages import Package, SourceFile
from engine.learning.pairs.record import PairWriter
from engine.learning.pairs.repositories import repository_pairs
from engine.learning.wheels import read_python

_RULES = ("definitions", "leakage/tokens", "licences", "mining", "older", "wheels")
_PAIR_RULES = ("comments", "descriptions", "docstrings", "layout", "repositories", "tokens")
_TWIN_RULES = ("align", "api", "marks", "names", "rules")

OLDER = "stood in a release of June 2019"


@dataclass(frozen=True)
class Source:
    """A listed package with its wheel, and the wheel of the older release it is compared with."""

    package: Package
    wheel: Path
    older: Path | None

    def files(self) -> Iterator[SourceFile]:
        """The package's Python files."""
        return read_python(self.wheel, self.package.skip, self.package.name)

    @property
    def key(self) -> str:
        """Differs if the package, or anything that says how it is read, does."""
        wheels = [self.wheel.name, self.older.name if self.older else ""]
        return json.dumps([wheels, self.package.release.sha256, self.package.skip])


@dataclass(frozen=True)
class Mined:
    """The files that mining left: pairs of each package, and the twins of all."""

    pairs: list[Path]
    twins: Path
    counts: list[dict[str, Any]]  # of each package's pairs, then of the twins


def mine_packages(
    sources: Sequence[Source], api_names: Path, work: Path, workers: int
) -> Job[Mined]:
    """Mine pairs and twins into files in `work`; those that are there already stay as they are.

    `api_names` is the folder of the tables of API names. Closing the job keeps finished packages.
    """
    work.mkdir(parents=True, exist_ok=True)
    _remove_partial(work)
    rules = _rules_digest("pairs", _PAIR_RULES)
    calls: list[Call] = []
    paths: list[Path] = []
    for source in sources:
        if "pairs" in source.package.use:
            path = work / f"{source.package.release.stem}.{_hash(rules, source.key)}.pairs.jsonl"
            paths.append(path)
            calls.append(Call(source.package.name, mine_pairs, (source, path)))
    aligned = [source for source in sources if "twins" in source.package.use]
    rules = _rules_digest("twins", _TWIN_RULES)
    key = _hash(rules, *(source.key for source in aligned))
    together = work / f"twins.{key}.groups.jsonl"
    calls.append(Call("twins", mine_twins, (aligned, api_names, together)))
    missing = [call for call in calls if not _report(_out(call)).exists()]
    missing.sort(key=lambda call: call.name != "twins")  # it takes longest
    yield from run_apart(missing, workers, "mining")
    counts = [json.loads(_report(path).read_text(encoding="utf-8")) for path in [*paths, together]]
    return Mined(paths, together, counts)


def mine_pairs(source: Source, out: Path) -> None:
    """Write the pairs of one package to `out`, and beside it how many there were."""
    older = _older([source])
    counts: Counter[str] = Counter()
    with PairWriter(out) as writer:
        for file in source.files():
            for pair in repository_pairs(file.text, source.package.name, file.path):
                counts[f"mined {pair.kind}"] += 1
                if older(source.package.name, (pair.text, pair.code)):
                    counts[f"{OLDER} {pair.kind}"] += 1
                else:
                    writer.write(pair)
    _write_report(out, counts)


def mine_twins(sources: Sequence[Source], api_names: Path, out: Path) -> None:
    """Write the twins of all packages to `out`, and beside it what was left out."""
    older = _older(sources)
    losses: Counter[str] = Counter()

    def wanted(file: SourceFile, definition: Definition) -> bool:
        return not older(file.package, (definition.code,))

    def files() -> Iterator[SourceFile]:
        return (file for source in sources for file in source.files())

    groups: list[Group] = list(twins.twin_groups(files(), wanted, losses))
    renamed = twins.read_api_names(api_names)
    groups += twins.api_groups(files(), renamed, wanted, losses)
    partial = out.with_name(f"{out.name}.partial")
    write_groups(partial, groups)
    partial.replace(out)
    _write_report(out, losses)


def _older(sources: Iterable[Source]) -> Callable[[str, Sequence[str]], bool]:
    releases = {
        source.package.name: OlderRelease(read_python(source.older, source.package.skip))
        for source in sources
        if source.older is not None
    }

    def is_older(package: str, texts: Sequence[str]) -> bool:
        release = releases.get(package)
        return release is not None and any(release.holds(text) for text in texts)

    return is_older


def _out(call: Call) -> Path:
    out = call.arguments[-1]
    assert isinstance(out, Path)
    return out


def _report(out: Path) -> Path:
    return out.with_suffix(".json")


def _write_report(out: Path, counts: Counter[str]) -> None:
    """Last of all: the result is complete once its report is there."""
    partial = out.with_name(f"{out.name}.counts")
    partial.write_text(json.dumps(dict(counts)), encoding="utf-8")
    partial.replace(_report(out))


def _remove_partial(work: Path) -> None:
    for path in (*work.glob("*.partial"), *work.glob("*.counts")):
        path.unlink(missing_ok=True)


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:12]


def _rules_digest(folder: str, names: Sequence[str]) -> str:
    """A digest of the code that mines, so that a change of rules mines again."""
    here = Path(__file__).parent
    digest = sha256()
    try:
        for name in (*_RULES, *(f"{folder}/{name}" for name in names)):
            digest.update((here / f"{name}.py").read_bytes())
    except OSError as error:  # a frozen application keeps no sources
        raise DataError(f"the rules cannot be read ({error}); run from an installation") from error
    return digest.hexdigest()
