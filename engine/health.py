"""What `counterpart doctor` looks at."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from engine.errors import CounterpartError
from engine.job import run_to_end
from engine.types_corpora import CorpusInfo
from engine.types_models import DoctorReport

if TYPE_CHECKING:
    from engine.engine import Engine

PACKAGES = (
    "counterpart",
    "torch",
    "transformers",
    "sentence-transformers",
    "faiss-cpu",
    "bm25s",
    "sqlite-utils",
    "pyside6-essentials",
    "tree-sitter",
)


def examine(engine: Engine) -> DoctorReport:
    """Load the models, open the store and look at every corpus; report, never raise."""
    problems: list[str] = []
    models = run_to_end(engine.load_models())
    problems += [model.problem for model in models if model.problem]
    store = _in_words(engine.store_health, problems)
    corpora = _corpora(engine, problems)
    device = next((f"{m.device} · {m.precision}" for m in models if m.device), "none")
    return DoctorReport(
        versions={
            "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES},
        },
        device=device,
        models=models,
        paths={
            "data": str(engine.paths.base),
            "judgements": str(engine.paths.store),
            "corpora": str(engine.paths.corpora),
            "cache": str(engine.paths.cache),
        },
        store=store,
        corpora=corpora,
        problems=tuple(dict.fromkeys(problems)),
    )


def _in_words(health: Callable[[], str], problems: list[str]) -> str:
    try:
        said = health()
    except CounterpartError as error:
        said = str(error)
    if said != "ok":
        problems.append(said)
    return said


def _corpora(engine: Engine, problems: list[str]) -> tuple[CorpusInfo, ...]:
    try:
        corpora = tuple(engine.corpora())
    except CounterpartError as error:
        problems.append(str(error))
        return ()
    problems += [f"{info.name}: {info.problem}" for info in corpora if info.problem]
    return corpora


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
