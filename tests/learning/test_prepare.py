import json
import zipfile

from engine.learning.groups import read_groups
from engine.learning.prepare import main
from tests.learning.test_pairs import SOURCE
from tests.learning.test_public_sets import write

LISTING = """
[[package]]
name = "made"
version = "1.0"
licence = "MIT"
use = ["docstrings"]
"""


def test_groups_are_made_filtered_and_reported(tmp_path, capsys):
    data = tmp_path / "data"
    leaked = {"intent": "How to flatten it?", "rewritten_intent": None, "snippet": "sum(x, [])"}
    clean = {"intent": "Sort it", "rewritten_intent": None, "snippet": "x.sort()"}
    write(data / "conala/examples.annotated.train.json", json.dumps([leaked, clean]))
    write(data / "conala/examples.annotated.test.json", json.dumps([leaked]))
    for name in ("codenn/python_valid.txt", "codenn/python_test.txt"):
        write(data / name, "")
    write(data / "python_docs/python-docs.jsonl", "")
    for split in ("train", "valid", "test"):
        write(data / f"avatar_g4g/g4g_functions__{split}.jsonl", "")
        write(data / f"java_cs/{split}.java-cs.txt.java", "")
        write(data / f"java_cs/{split}.java-cs.txt.cs", "")
    for name in ("paddle_docs_torch2paddle.jsonl", "mindspore_r2.1_diffs.jsonl"):
        write(data / "api_maps" / name, "")
    for name in ("retrieval-dev-500", "retrieval-test-500", "dev"):
        write(data / f"cosqa/cosqa-{name}.json", "[]")
    write(data / "cosqa/code_idx_map.txt", "{}")
    write(data / "csn_annotations/queries.csv", "query\n")
    with zipfile.ZipFile(tmp_path / "made-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("made/work.py", SOURCE)
    write(tmp_path / "packages.toml", LISTING)
    arguments = ["--data", str(data), "--packages", str(tmp_path / "packages.toml")]
    arguments += ["--cache", str(tmp_path), "--sample", str(tmp_path / "none")]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["removed"] == {"conala ← conala test": 1}
    groups = list(read_groups(tmp_path / "out/groups.jsonl"))
    assert sorted({group.source for group in groups}) == ["conala", "made"]
    assert len(groups) == 3


def test_missing_data_is_one_line(tmp_path, capsys):
    arguments = ["--data", str(tmp_path), "--cache", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(arguments) == 1
    assert "cannot read" in capsys.readouterr().err.strip().splitlines()[-1]
