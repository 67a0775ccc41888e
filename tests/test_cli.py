"""The command line, as a script sees it: what is on stdout, what on stderr, which exit code."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., tuple[int, str, str]]
SNIPPET = "import mxnet as mx\nscores = mx.nd.softmax(mx.nd.batch_dot(q, k, transpose_b=True))\n"


@pytest.fixture(scope="session")
def small_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("small-models")
    return {
        "encoder": str(make_encoder_folder(folder / "encoder")),
        "cross-encoder": str(make_cross_encoder_folder(folder / "cross-encoder")),
    }


@pytest.fixture
def basedir(tmp_path: Path, small_models: dict[str, str]) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps(small_models), encoding="utf-8")
    return folder


@pytest.fixture
def run(basedir: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments, "--basedir", str(basedir)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def indexed(run: Run, project: Path) -> Path:
    code, _, _ = run("index", str(project), "--name", "mine")
    assert code == 0
    return project


def search(run: Run, *arguments: str) -> dict[str, Any]:
    code, out, _ = run("search", "--corpus", "mine", "--json", *arguments)
    assert code == 0
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_the_version_is_that_of_the_package(run: Run) -> None:
    said = version("counterpart")
    assert run("--version") == (0, f"counterpart {said}\n", "")
    code, out, _ = run("--version", "--json")
    assert (code, json.loads(out)) == (0, {"version": said})


def test_asking_for_the_version_loads_next_to_nothing() -> None:
    code = (
        "import sys, gui.__main__; sys.argv = ['counterpart', '--version']; gui.__main__.main(); "
        "print({'torch', 'PySide6', 'numpy', 'engine.engine'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.splitlines() == [f"counterpart {version('counterpart')}", "set()"]


def test_an_interrupt_while_the_program_loads_is_no_traceback() -> None:
    code = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith('engine'):\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from gui.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "counterpart: interrupted\n"


def test_index_says_what_it_did(run: Run, project: Path) -> None:
    code, out, _ = run("index", str(project), "--name", "mine", "--json")
    assert code == 0
    report = json.loads(out)
    assert (report["name"], report["files"]) == ("mine", 3)
    assert report["chunks"] == report["vectors"] >= 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x7fELF\x00\x01\x02", "is no text"),
        (b"var a=1;" * 200_000, "is longer than 1,000,000 bytes"),
        (b"  \n", "is empty"),
    ],
)
def test_what_cannot_be_a_query_is_one_line(
    run: Run, tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "query").write_bytes(content)
    code, out, err = run("search", "--file", str(tmp_path / "query"))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err


def test_a_very_long_line_is_searched_for_all_the_same(run: Run, indexed: Path) -> None:
    text = "rows = csv.DictReader(source); " * 20_000
    (indexed / "long.js").write_text(text, encoding="utf-8")
    code, out, _ = run("search", "--corpus", "mine", "--file", str(indexed / "long.js"), "--json")
    assert code == 0
    assert json.loads(out)["hits"]


def test_the_sample_has_vectors_at_the_first_search(run: Run) -> None:
    code, out, _ = run("search", "--text", "beam search", "--json")
    answer = json.loads(out)
    assert (code, answer["notes"]) == (0, [])
    assert answer["hits"][0]["scores"]["dense"] is not None


def test_corpora_counts_vectors_without_a_model(run: Run, indexed: Path) -> None:
    _, out, _ = run("corpora", "--json")
    mine = next(info for info in json.loads(out)["corpora"] if info["name"] == "mine")
    assert mine["vectors"] == mine["chunks"] > 0


def test_an_index_of_nothing_leaves_no_corpus(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for source in (tmp_path / "empty", tmp_path / "nowhere"):
        assert run("index", str(source), "--name", "ghost")[0] == 1
        assert "ghost" not in run("corpora", "--json")[1]


@pytest.mark.parametrize("name", ["..", "a/b", "  "])
def test_a_name_that_is_none_is_refused(run: Run, project: Path, name: str) -> None:
    code, _, err = run("index", str(project), "--name", name)
    assert (code, err.count("\n")) == (1, 1)


def test_a_grade_keeps_the_ranks_and_scores_of_the_moment(run: Run, indexed: Path) -> None:
    question = "read a csv file into dictionaries"
    hit = search(run, "--text", question)["hits"][0]
    run(
        "judge", "--corpus", "mine", "--query", question, "--chunk", hit["chunk_id"], "--grade", "3"
    )
    _, out, _ = run("judgements", "--json")
    (kept,) = json.loads(out)["judgements"]
    assert kept["ranks"]["fused"] == hit["ranks"]["fused"]
    assert kept["scores"]["bm25"] == pytest.approx(hit["scores"]["bm25"], abs=1e-4)


def test_damaged_files_are_told(run: Run, basedir: Path) -> None:
    (basedir / "judgements.sqlite").write_bytes(b"no database" * 1000)
    code, out, err = run("judgements", "--json")
    assert (code, json.loads(out)) == (0, {"judgements": []})
    assert "judgements" in err and "damaged" in err
    (basedir / "settings.json").write_text("{", encoding="utf-8")
    _, _, err = run("corpora")
    run("search", "--text", "x")
    assert list(basedir.glob("settings.json.damaged-*")) or "damaged" in err


def test_another_model_is_chosen_and_kept(
    run: Run, basedir: Path, small_models: dict[str, str]
) -> None:
    (basedir / "settings.json").unlink()
    code, out, _ = run("models", "--encoder", small_models["encoder"], "--json")
    chosen = {model["role"]: model["name"] for model in json.loads(out)}
    assert (code, chosen) == (0, {**small_models, "cross-encoder": "bundled"})
    _, out, _ = run("models", "--json")
    assert {model["role"]: model["name"] for model in json.loads(out)} == chosen
    run("models", "--encoder", "bundled")
    assert "encoder" not in json.loads((basedir / "settings.json").read_text(encoding="utf-8"))


def test_a_model_that_cannot_be_loaded_is_not_kept(run: Run, basedir: Path) -> None:
    before = (basedir / "settings.json").read_text(encoding="utf-8")
    code, out, err = run("models", "--cross-encoder", "nobody/nothing-of-that-name")
    assert (code, out) == (1, "")
    assert "not on this machine; say --download" in err.splitlines()[-1]
    assert (basedir / "settings.json").read_text(encoding="utf-8") == before


def test_doctor_finds_nothing_wrong_with_a_first_start(run: Run) -> None:
    code, out, err = run("doctor", "--json")
    report = json.loads(out)
    assert (code, err, report["problems"]) == (0, "", [])
    assert [model["state"] for model in report["models"]] == ["ready", "ready"]


def test_doctor_names_a_broken_corpus(run: Run, indexed: Path, basedir: Path) -> None:
    for file in basedir.glob("corpora/*/*.sqlite*"):
        file.write_bytes(b"no database at all" * 500)
    code, out, _ = run("doctor")
    assert code == 1
    assert "problem: mine" in out


def test_a_corpus_is_brought_up_to_date_by_its_name(run: Run, indexed: Path) -> None:
    (indexed / "fresh.py").write_text("def fresh():\n    return 1\n", encoding="utf-8")
    code, out, _ = run("index", "--name", "mine", "--json")
    assert (code, json.loads(out)["files_changed"]) == (0, 1)
    code, out, err = run("index", "--name", "unknown")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "unknown" in err


def test_an_unchanged_corpus_is_not_processed_again(run: Run, indexed: Path) -> None:
    _, out, _ = run("index", str(indexed), "--name", "mine", "--json")
    assert json.loads(out)["files_changed"] == 0
    (indexed / "csv_reader.py").write_text("def fresh(): return 1\n", encoding="utf-8")
    _, out, _ = run("index", str(indexed), "--name", "mine", "--json")
    assert json.loads(out)["files_changed"] == 1


def test_include_and_exclude_choose_files(run: Run, project: Path) -> None:
    arguments = ("--include", "*attention.py", "--exclude", "tf_*", "--lexical-only", "--json")
    code, out, _ = run("index", str(project), "--name", "some", *arguments)
    assert code == 0
    assert json.loads(out)["files"] == 1
    assert json.loads(out)["vectors"] == 0


@pytest.mark.usefixtures("indexed")
def test_search_has_the_documented_shape(run: Run) -> None:
    answer = search(run, "--text", SNIPPET)
    assert answer["query"] == {"kind": "code", "language": "Python", "framework": "MXNet"}
    hit = answer["hits"][0]
    assert hit["rank"] == 1
    keys = {"chunk_id", "path", "start_line", "end_line", "name", "language", "frameworks", "text"}
    assert keys <= set(hit)
    assert set(hit["scores"]) == {"bm25", "dense", "fused", "rerank"}
    assert answer["timings_ms"]["total"] > 0
    found = (Path(hit["root"]) / hit["path"]).read_text(encoding="utf-8").splitlines()
    assert hit["text"].splitlines()[0] == found[hit["start_line"] - 1]


@pytest.mark.usefixtures("indexed")
def test_the_framework_filter_leaves_only_that_framework(run: Run) -> None:
    for name, expected in (("pytorch", "PyTorch"), ("tf", "TensorFlow")):
        hits = search(run, "--text", SNIPPET, "--framework", name)["hits"]
        assert hits
        assert all(expected in hit["frameworks"] for hit in hits)


@pytest.mark.usefixtures("indexed")
def test_path_language_and_k_narrow_the_list(run: Run) -> None:
    hits = search(run, "--text", "read rows of a csv file", "--path", "csv_*.py")["hits"]
    assert {hit["path"] for hit in hits} == {"csv_reader.py"}
    assert search(run, "--text", "read rows", "--language", "Rust")["hits"] == []
    assert len(search(run, "--text", SNIPPET, "-k", "1")["hits"]) == 1


@pytest.mark.usefixtures("indexed")
def test_the_query_comes_as_an_argument_from_a_file_or_from_stdin(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cell.py"
    file.write_text(SNIPPET, encoding="utf-8")
    by_text = search(run, "--text", SNIPPET)["hits"]
    by_place = search(run, SNIPPET)["hits"]
    by_file = search(run, "--file", str(file))["hits"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SNIPPET.encode())))
    by_stdin = search(run, "-")["hits"]
    assert [h["chunk_id"] for h in by_text] == [h["chunk_id"] for h in by_place]
    assert [h["chunk_id"] for h in by_text] == [h["chunk_id"] for h in by_file]
    assert [h["chunk_id"] for h in by_text] == [h["chunk_id"] for h in by_stdin]


@pytest.mark.usefixtures("indexed")
def test_rerank_0_leaves_the_cross_encoder_out(run: Run) -> None:
    hits = search(run, "--text", SNIPPET, "--rerank", "0")["hits"]
    assert all(hit["scores"]["rerank"] is None for hit in hits)


@pytest.mark.usefixtures("indexed")
def test_a_grade_is_kept_changed_and_shown_again(run: Run) -> None:
    chunk = search(run, "--text", SNIPPET)["hits"][0]["chunk_id"]
    judge = ("judge", "--corpus", "mine", "--query", SNIPPET, "--chunk", chunk)
    assert run(*judge, "--grade", "3", "--note", "the same")[0] == 0
    assert run(*judge, "--grade", "2")[0] == 0
    _, out, _ = run("judgements", "--corpus", "mine", "--json")
    (judgement,) = json.loads(out)["judgements"]
    assert (judgement["grade"], judgement["note"]) == (2, "the same")
    assert judgement["chunk_text"]
    assert search(run, "--text", SNIPPET)["hits"][0]["grade"] == 2


def test_removing_a_corpus_keeps_its_judgements(run: Run, indexed: Path) -> None:
    chunk = search(run, "--text", SNIPPET)["hits"][0]["chunk_id"]
    run("judge", "--corpus", "mine", "--query", SNIPPET, "--chunk", chunk, "--grade", "1")
    assert run("remove", "mine")[0] == 0
    assert "mine" not in {c["name"] for c in json.loads(run("corpora", "--json")[1])["corpora"]}
    assert len(json.loads(run("judgements", "--json")[1])["judgements"]) == 1
    assert (indexed / "csv_reader.py").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("search", "--corpus", "nowhere", "--text", "x"), "nowhere"),
        (("search", "--file", "no/such/file.py"), "no/such/file.py"),
        (("search", "--text", "  "), "empty"),
        (("search", "--text", "x", "--framework", "cobol"), "PyTorch"),
        (("search", "--text", "x", "--language", "klingon"), "klingon"),
        (("index", "no/such/folder", "--name", "x"), "no/such/folder"),
        (("remove", "nowhere"), "nowhere"),
        (("remove", "sample"), "sample"),
        (("judge", "--corpus", "gone", "--query", "x", "--chunk", "0", "--grade", "1"), "gone"),
        (("eval", "no/such/set"), "no/such/set"),
    ],
)
def test_what_the_user_can_fix_is_one_line_on_stderr(
    run: Run, arguments: tuple[str, ...], says: str
) -> None:
    code, out, err = run(*arguments)
    assert code == 1
    assert out == ""
    (line,) = [line for line in err.splitlines() if line.startswith("counterpart: ")]
    assert says in line


@pytest.mark.usefixtures("indexed")
def test_an_unknown_chunk_is_said_so(run: Run) -> None:
    code, _, err = run(
        "judge", "--corpus", "mine", "--query", "x", "--chunk", "feedbeef", "--grade", "1"
    )
    assert code == 1
    assert "feedbeef" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("search",),
        ("search", "--text", "a", "--file", "b"),
        ("search", "--text", "a", "-k", "0"),
        ("search", "--text", "a", "--rerank", "-1"),
        ("judge", "--corpus", "c", "--query", "q", "--chunk", "1", "--grade", "4"),
        ("index", "somewhere"),
        ("frobnicate",),
    ],
)
def test_wrong_usage_exits_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(*arguments)
    assert exit_.value.code == 2


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_exits_with_130_and_keeps_what_is_done(basedir: Path, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    body = "\n".join(f"def f{i}(x):\n    return x + {i}\n" for i in range(200))
    for number in range(400):
        (many / f"m{number}.py").write_text(body + f"\nN = {number}\n", encoding="utf-8")
    command = [sys.executable, "-m", "gui", "index", str(many), "--name", "many", "--lexical-only"]
    child = subprocess.Popen(
        [*command, "--basedir", str(basedir)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    child.stderr.readline()  # the first progress: it is at work
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=120)
    assert child.returncode == 130
    assert "Traceback" not in err
    assert "interrupted" in err.splitlines()[-1]
