from __future__ import annotations

from pathlib import Path

import pytest

from engine.code.language import detect_language, language_of_path, parse_language
from engine.errors import DataError
from tests.code.snippets import LANGUAGES


@pytest.mark.parametrize(("expected", "text"), LANGUAGES)
def test_language_of_snippets(expected: str | None, text: str) -> None:
    assert detect_language(text) == expected


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.py", "Python"),
        (Path("x.TSX"), "TypeScript"),
        ("x.tar.rs", "Rust"),
        ("Rakefile", "Ruby"),
        ("notes.ipynb", "Jupyter"),
        ("README", None),
        ("x.unknown", None),
        ("dir.py/x", None),
    ],
)
def test_language_of_paths(path: str | Path, language: str | None) -> None:
    assert language_of_path(path) == language


@pytest.mark.parametrize(
    ("name", "language"),
    [("python", "Python"), ("JS", "JavaScript"), (".rs", "Rust"), ("c#", "C#"), ("golang", "Go")],
)
def test_names_of_languages(name: str, language: str) -> None:
    assert parse_language(name) == language


def test_an_unknown_language_says_which_there_are() -> None:
    with pytest.raises(DataError, match=r"'klingon'.*Python.*Rust"):
        parse_language("klingon")
