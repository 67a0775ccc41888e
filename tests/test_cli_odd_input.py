"""The command line in odd surroundings: full disks, consoles of few letters, empty words."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import main

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., tuple[int, str, str]]
DEEP = "[" * 20_000

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a full device")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(["--basedir", str(tmp_path / "home"), *arguments])
        except SystemExit as end:
            code = int(str(end.code))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def small(run: Run, tmp_path: Path) -> str:
    code = tmp_path / "code"
    code.mkdir()
    (code / "größe.py").write_text("def größe_messen(x):\n    return x → 1\n", encoding="utf-8")
    assert run("index", str(code), "--name", "klein ü", "--lexical-only")[0] == 0
    return "klein ü"


def process(tmp_path: Path, *arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gui", "--basedir", str(tmp_path / "home"), *arguments],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        check=False,
        **more,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_letters_that_a_console_lacks_are_escaped(
    tmp_path: Path, small: str, encoding: str
) -> None:
    done = process(
        *(tmp_path, "search", "messen", "--corpus", small),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0, done.stderr
    assert b"x \\u2192 1" in done.stdout


def test_what_is_typed_need_not_be_text(
    run: Run, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("judge", "new", "q", "--corpus", small, "--text", "messen", "--runs", "bm25")[0] == 0
    typed = io.TextIOWrapper(io.BytesIO(b"\xff\n3\nq\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", typed)
    code, _, err = run("judge", "work", "q")
    assert code == 0, err
    assert len(json.loads(run("judgements", "--json")[1])["judgements"]) == 1


@needs_full
@pytest.mark.parametrize("buffered", [True, False])
def test_a_full_disk_behind_stdout_is_one_line(tmp_path: Path, small: str, buffered: bool) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("wb") as full:
        done = process(
            *(tmp_path, "corpora"),
            stdout=full,
            env=environment if buffered else environment | {"PYTHONUNBUFFERED": "1"},
        )
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert b"counterpart: cannot write the output: No space left on device" in done.stderr


def test_a_closed_standard_input_is_told(
    run: Run, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    code, _, err = run("search", "-", "--corpus", small)
    assert (code, err.splitlines()[-1]) == (
        1,
        "counterpart: standard input is closed; give a file or the text itself",
    )
    assert run("judge", "new", "q", "--corpus", small, "--text", "messen", "--runs", "bm25")[0] == 0
    assert run("judge", "work", "q")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", "n" * 5000),
        ("datasets", "preview", "n" * 5000),
        ("pairs", "mine", "n" * 5000, "--out", "pairs.jsonl"),
    ],
)
def test_a_name_that_no_disk_takes_is_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].endswith("File name too long; check the disk and the name")


def test_a_name_that_is_no_text_is_one_line(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "pairs.jsonl"
    table.write_text('{"text": "def f():\\n    return 1", "query": "one"}\n')
    code, _, err = run("datasets", "import", str(table), "--name", "x\udcff", "--lexical-only")
    assert code == 1
    assert err.splitlines()[-1].endswith("is no text in UTF-8; write it in other letters")
    assert json.loads(run("datasets", "list", "--json")[1])["datasets"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", ""),
        ("eval", "judgements:sample", "--save", ""),
        ("judgements", "export", ""),
        ("models", "use", "", "--role", "encoder"),
        ("models", "export", "mine", ""),
        ("negatives", "mine", "--out", ""),
        ("pairs", "mine", "", "--out", "pairs.jsonl"),
        ("pairs", "mine", "code", "--out", ""),
        ("train", "encoder", "--run", "", "--groups", "groups.jsonl"),
        ("--basedir", "", "corpora"),
    ],
)
def test_an_empty_word_is_not_the_present_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "what is given is empty; leave it out, or say what" in err
    assert list(here.iterdir()) == []


def test_json_that_is_nested_too_deeply_is_one_line(run: Run, tmp_path: Path) -> None:
    deep = tmp_path / "deep.jsonl"
    deep.write_text(f'{{"query": {DEEP}\n')
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f"kind = {DEEP}\n")
    training = ("--run", str(tmp_path / "run"), "--groups", str(deep))
    for arguments in (
        ("judgements", "import", str(deep)),
        ("pairs", "filter", str(deep), "--against", str(deep)),
        ("train", "encoder", *training),
        ("train", "cross-encoder", *training, "--graded", str(deep)),
        ("train", str(recipe), *training),
    ):
        code, out, err = run(*arguments)
        assert (code, out) == (1, "")
        assert err.splitlines()[-1].startswith("counterpart: "), err


def test_commands_that_print_nothing_else_say_what_they_did(run: Run, small: str) -> None:
    assert run("judge", "new", "q", "--corpus", small, "--text", "messen", "--runs", "bm25")[0] == 0
    for judge, grade in (("ada", "3"), ("grace", "1")):
        assert run("judge", "answer", "q", "--judge", judge, "--grade", grade)[0] == 0
    (one,) = json.loads(run("judgements", "disagreements", "--json")[1])["disagreements"]
    number = str(one["id"])
    settled = run("judgements", "settle", number, "--grade", "2", "--json")
    assert json.loads(settled[1]) == {"id": one["id"], "grade": 2}
    assert "open again" in run("judgements", "settle", number)[2]
    assert json.loads(run("judge", "remove", "q", "--json")[1]) == {"removed": "q"}
