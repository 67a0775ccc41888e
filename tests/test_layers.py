"""The rules of the architecture that a reviewer should not have to check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"torch", "transformers", "faiss", "sentence_transformers", "numba"}


def imported_modules(file: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def tops(file: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported_modules(file)}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def test_the_engine_knows_neither_window_nor_qt() -> None:
    for file in sources("engine"):
        assert not tops(file) & {"gui", "PySide6"}, file


def test_the_window_loads_no_model() -> None:
    for file in sources("gui"):
        assert not tops(file) & (HEAVY | {"sqlite_utils", "sqlite3"}), file


def test_the_window_reaches_the_engine_through_one_module() -> None:
    open_to_all = {
        "engine.types",
        "engine.types_alignment",
        "engine.types_corpora",
        "engine.types_evaluation",
        "engine.errors",
        "engine.paths",
        "engine.types_judging",
        "engine.types_models",
        "engine.types_training",
    }
    composition = {"engine_thread.py", "app.py", "__main__.py"}
    for file in sources("gui"):
        if file.name in composition:
            continue
        reached = {n for n in imported_modules(file) if n == "engine" or n.startswith("engine.")}
        assert reached <= open_to_all, f"{file}: {reached - open_to_all}"


def test_two_gui_modules_touch_threads() -> None:
    threads = ("QThread", "threading", "QThreadPool", "QRunnable", "concurrent")
    touching = []
    for file in sources("gui"):
        names = {
            getattr(node, "id", None) or getattr(node, "attr", None)
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        }
        imported = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        if (names | imported | tops(file)) & set(threads):
            touching.append(file.name)
    assert touching == ["engine_thread.py", "plotting.py"]  # which imports a library, no more


def test_one_engine_module_touches_sqlite_utils() -> None:
    touching = [str(f.relative_to(ROOT)) for f in sources("engine") if "sqlite_utils" in tops(f)]
    assert touching == ["engine/database.py"]


@pytest.mark.parametrize("module", ["engine.cli", "engine.engine", "gui.main_window"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}; "
        f"print(*sorted({HEAVY!r} & {{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == ""


def test_no_pickle_and_no_remote_code() -> None:
    for package in ("engine", "gui"):
        for file in sources(package):
            assert not tops(file) & {"pickle", "dill", "joblib", "cloudpickle", "shelve"}, file
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg in {
                    "trust_remote_code",
                    "allow_pickle",
                }:
                    value = node.value
                    assert isinstance(value, ast.Constant) and value.value is False, file
