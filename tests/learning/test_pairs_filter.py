import gzip
import json

import pytest

from engine.cli import main
from engine.learning.evaluation_sets import challenge_repositories, texts_of
from engine.learning.groups import Group, Text, read_groups, write_groups
from engine.learning.pairs.record import Pair, PairWriter, read_pairs
from tests.learning.test_leakage import OTHER, SECRET
from tests.learning.test_public_sets import write

NEAR = SECRET.replace("moving_average", "smooth").replace("return averages", "yield averages")


def pair(text, code, number):
    return Pair(text, code, "repository-docstring", f"r{number}", "g")


PAIRS = [
    pair("Find the shortest way", OTHER, 1),
    pair("Average of every window of values", SECRET, 2),
    pair("Smooth a series", NEAR, 3),
    pair("how to compute a moving average in python", OTHER.replace("graph", "net"), 4),
    pair("as Dive into Deep Learning does it", OTHER.replace("seen", "met"), 5),
]


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.jsonl"
    with PairWriter(path) as writer:
        for row in PAIRS:
            writer.write(row)
    return path


@pytest.fixture
def beir(tmp_path):
    folder = tmp_path / "averages"
    write(folder / "corpus.jsonl", json.dumps({"_id": "d1", "title": "", "text": SECRET}))
    question = "how to compute a moving average in python"
    write(folder / "queries.jsonl", json.dumps({"_id": "q1", "text": question}))
    write(folder / "qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    return folder


def run(capsys, *arguments):
    code = main(["pairs", "filter", *map(str, arguments)])
    return code, capsys.readouterr()


def test_both_sides_are_compared_and_every_loss_has_its_reason(pairs, beir, tmp_path, capsys):
    out = tmp_path / "kept.jsonl"
    code, said = run(capsys, pairs, "--against", beir, "--out", out, "--json")
    assert code == 0
    report = json.loads(said.out)
    assert (report["rows"], report["kept"], report["removed"]) == (5, 1, 4)
    assert report["by_set_and_reason"] == {
        "averages · exact copy": 2,
        "Dive into Deep Learning · banned source": 1,
        "averages · contains or is part of": 1,
    }
    assert report["by_side"] == {"code": 2, "text": 2}
    assert list(read_pairs(out)) == PAIRS[:1]
    example = next(e for e in report["examples"] if e["reason"] == "contains or is part of")
    assert example["row"] == 3
    assert "def smooth" in example["text"]
    assert "def moving_average" in example["resembles"]


def test_without_out_nothing_is_written(pairs, beir, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    code, said = run(capsys, pairs, "--against", beir)
    assert code == 0
    assert "5 rows against 2 evaluation texts: 4 removed (80.00 %)" in said.out
    assert sorted(tmp_path.rglob("*")) == before


def test_groups_are_filtered_with_their_marks(tmp_path, beir, capsys):
    clean = Group("twins", "made", (Text(OTHER, "Python"), Text(OTHER, "Python")), (), ((0, 1),))
    leaking = Group("twins", "made", (Text(OTHER, "Python"), Text(SECRET, "Java")))
    write_groups(tmp_path / "groups.jsonl", [leaking, clean])
    out = tmp_path / "kept.jsonl"
    code, said = run(capsys, tmp_path / "groups.jsonl", "--against", beir, "--out", out, "--json")
    assert code == 0
    assert list(read_groups(out)) == [clean]
    assert json.loads(said.out)["by_source"] == {"twins: made": 1}


def test_published_files_tables_and_folders_of_tables_are_read(tmp_path, pairs, capsys):
    row = {"intent": "Averages", "rewritten_intent": None, "snippet": SECRET}
    write(tmp_path / "data/conala/examples.annotated.test.json", json.dumps([row]))
    table = tmp_path / "one.jsonl.gz"
    with gzip.open(table, "wt") as file:
        file.write(json.dumps({"code": SECRET, "url": "x", "docstring_tokens": ["Average"]}) + "\n")
    write(
        tmp_path / "split/corpus/part.csv", "id,text\n1,how to compute a moving average in python\n"
    )
    assert {name for name, _ in texts_of(tmp_path / "data")} == {"conala test"}
    assert SECRET in [text for _, text in texts_of(table)]
    code, said = run(
        capsys, pairs, "--against", tmp_path / "data", table, tmp_path / "split", "--json"
    )
    assert code == 0
    assert json.loads(said.out)["removed"] == 4


def test_a_folder_of_sets_is_read_whatever_the_sets_are_called(tmp_path, pairs, beir, capsys):
    shelf = tmp_path / "sets"
    question = json.dumps({"_id": "q1", "text": "Find the shortest way"})
    write(shelf / "humaneval_x/corpus.jsonl", json.dumps({"_id": "d1", "text": "x = 1 + one"}))
    write(shelf / "humaneval_x/queries.jsonl", question)
    write(
        shelf / "humaneval_x/candidates/bm25.jsonl", json.dumps({"query-id": "q", "corpus-ids": []})
    )
    for name in ("exclude", "equivalents"):
        write(shelf / f"humaneval_x/{name}.tsv", "query-id\tcorpus-id\nquery-1\tdocument-1\n")
    beir.rename(shelf / "averages")
    code, said = run(capsys, pairs, "--against", shelf, "--json")
    assert code == 0
    report = json.loads(said.out)
    assert (report["evaluation_texts"], report["removed"]) == (4, 5)
    assert report["by_set_and_reason"]["humaneval_x · exact copy"] == 1


def test_sets_beside_published_files_are_read_and_training_splits_are_not(tmp_path, pairs, beir):
    row = {"intent": "Averages", "rewritten_intent": None, "snippet": "sum(x) / len(x)"}
    write(tmp_path / "data/conala/examples.annotated.test.json", json.dumps([row]))
    write(tmp_path / "data/conala/examples.annotated.train.json", json.dumps([{"snippet": OTHER}]))
    beir.rename(tmp_path / "data/averages")
    found = list(texts_of(tmp_path / "data"))
    assert {name for name, _ in found} == {"conala test", "averages"}
    assert SECRET in [text for _, text in found] and OTHER not in [text for _, text in found]


def test_columns_of_parallel_code_are_read_and_names_in_them_are_not(tmp_path):
    rows = [{"source": SECRET, "target": OTHER}, {"source": "github.com", "target": "pytorch"}]
    write(tmp_path / "test.jsonl", "\n".join(json.dumps({**row, "code": "x()"}) for row in rows))
    write(tmp_path / "more.jsonl", json.dumps({"source": "stackoverflow", "reference": SECRET}))
    assert {text for _, text in texts_of(tmp_path)} == {SECRET, OTHER}


def test_an_imported_set_goes_by_its_name(tmp_path, pairs, beir, capsys):
    home = ["--basedir", str(tmp_path / "home")]
    importing = ["datasets", "import", str(beir), "--name", "mine", "--lexical-only", *home]
    assert main(importing) == 0
    capsys.readouterr()
    code, said = run(capsys, pairs, "--against", "mine", "--json", *home)
    assert code == 0
    assert json.loads(said.out)["evaluation_texts"] == 2
    assert json.loads(said.out)["kept"] == 1
    code, said = run(capsys, pairs, "--against", "mine", "yours", *home)
    assert code == 1
    assert "yours does not exist" in said.err and "mine" in said.err


def test_a_set_without_texts_is_an_error(tmp_path, pairs, capsys):
    write(tmp_path / "data/conala/examples.annotated.test.json", "[]")
    code, said = run(capsys, pairs, "--against", tmp_path / "data")
    assert code == 1
    assert "holds no texts" in said.err and len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nowhere", "does not exist"),
        (lambda folder: folder, "holds no data set"),
    ],
)
def test_what_is_no_data_set_is_one_line(tmp_path, pairs, capsys, make, message):
    empty = tmp_path / "empty"
    empty.mkdir()
    home = ["--basedir", tmp_path / "home"]
    code, said = run(capsys, pairs, "--against", make(empty), *home)
    assert code == 1
    assert message in said.err and len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize("line", ['{"text": 1', '{"words": "x"}', '{"texts": [["a"]]}', "\xff"])
def test_a_damaged_row_is_one_line_and_leaves_nothing(tmp_path, pairs, beir, capsys, line):
    with pairs.open("a", encoding="latin-1") as file:
        file.write(line + "\n")
    out = tmp_path / "kept.jsonl"
    code, said = run(capsys, pairs, "--against", beir, "--out", out)
    assert code == 1
    assert len(said.err.strip().splitlines()) == 1
    assert not list(tmp_path.glob("kept*"))


def test_the_file_that_is_read_is_not_written(pairs, beir, capsys):
    before = pairs.read_bytes()
    code, _ = run(capsys, pairs, "--against", beir, "--out", pairs)
    assert code == 1
    assert pairs.read_bytes() == before


def test_the_challenge_s_repositories_are_read_from_its_judgements(tmp_path):
    lines = [
        "Language,Query,GitHubUrl,Relevance,Notes",
        "Python,a,https://github.com/Some/Project/blob/abc/f.py#L1-L2,0,",
        "Python,b,,1,",
    ]
    write(tmp_path / "csn_annotations/annotationStore.csv", "\n".join(lines))
    assert challenge_repositories(tmp_path) == {"some/project"}
