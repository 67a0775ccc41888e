import gzip
import json

import pytest

from engine.code.layout import lay_out_braces
from engine.errors import DataError
from engine.learning import evaluation_sets, public_sets


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def texts_of(groups):
    return [[text.content for text in group.texts] for group in groups]


def test_conala_gives_the_question_and_its_rewriting(tmp_path):
    row = {"intent": "Sort it?", "rewritten_intent": "sort list `x`", "snippet": "x.sort()"}
    plain = {"intent": "Join", "rewritten_intent": None, "snippet": "''.join(x)"}
    write(tmp_path / "conala/examples.annotated.train.json", json.dumps([row, plain]))
    assert texts_of(public_sets.conala(tmp_path)) == [
        ["Sort it?", "x.sort()"],
        ["sort list `x`", "x.sort()"],
        ["Join", "''.join(x)"],
    ]


def test_codenn_unescapes_newlines(tmp_path):
    write(tmp_path / "codenn/python_valid.txt", "1\t2\tLoop twice\tfor i in x:\\n    print(i)\t0\n")
    write(tmp_path / "codenn/python_test.txt", "")
    assert texts_of(public_sets.codenn(tmp_path)) == [["Loop twice", "for i in x:\n    print(i)"]]


def test_avatar_becomes_programs_again(tmp_path):
    python = (
        "def gcd ( a , b ) : NEW_LINE INDENT if b == 0 : NEW_LINE INDENT return a NEW_LINE DEDENT"
    )
    python += " return gcd ( b , a % b ) NEW_LINE DEDENT"
    java = (
        "static int gcd ( int a , int b ) { if ( b == 0 ) return a ; return gcd ( b , a % b ) ; }"
    )
    row = {"id": "1", "java": [java], "python": [python]}
    write(tmp_path / "avatar_g4g/g4g_functions__train.jsonl", json.dumps(row) + "\n")
    ((first, second),) = texts_of(public_sets.avatar(tmp_path))
    assert second.splitlines() == [
        "def gcd(a, b) :",
        "    if b == 0 :",
        "        return a",
        "    return gcd(b, a % b)",
    ]
    assert first.splitlines()[1].startswith("    if(b == 0) return a;")


def test_braces_in_strings_do_not_end_a_block():
    lines = lay_out_braces('void f() {String s = "};";for (int i = 0;i < 2;i++) g();}')
    assert lines.splitlines() == [
        "void f() {",
        '    String s = "};";',
        "    for (int i = 0;i < 2;i++) g();",
        "}",
    ]


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        list(public_sets.conala(tmp_path))


@pytest.mark.parametrize(
    ("reader", "name", "text"),
    [
        ("conala", "conala/examples.annotated.train.json", '[{"intent": "Sort it?"}]'),
        ("conala", "conala/examples.annotated.train.json", '"no list"'),
        ("python_docs", "python_docs/python-docs.jsonl", "no JSON\n"),
        ("python_docs", "python_docs/python-docs.jsonl", '{"intent": 7, "snippet": "a.b"}\n'),
        ("avatar", "avatar_g4g/g4g_functions__train.jsonl", '{"java": null, "python": []}\n'),
        ("api_maps", "api_maps/paddle_docs_torch2paddle.jsonl", '{"code_pairs": ["a"]}\n'),
    ],
)
def test_a_file_that_is_no_published_set_is_one_line(tmp_path, reader, name, text):
    write(tmp_path / name, text)
    with pytest.raises(DataError, match=f"{name.partition('/')[0]} is not the published set"):
        list(public_sets.READERS[reader](tmp_path))


def test_parallel_files_of_different_lengths_are_one_line(tmp_path):
    write(tmp_path / "java_cs/train.java-cs.txt.java", "int f() { return 1; }\n")
    write(tmp_path / "java_cs/train.java-cs.txt.cs", "")
    with pytest.raises(DataError, match="java_cs is not the published set"):
        list(public_sets.java_cs(tmp_path))


def test_a_packed_file_that_is_cut_off_is_one_line(tmp_path):
    packed = tmp_path / "humaneval_x/humanevalx_python.jsonl.gz"
    write(packed, "")
    packed.write_bytes(gzip.compress(b'{"prompt": "def f():", "canonical_solution": ""}\n')[:-9])
    with pytest.raises(DataError, match="humaneval_x is not the published set"):
        list(evaluation_sets.texts_of(tmp_path))


def test_a_packed_humaneval_file_is_read(tmp_path):
    for name in ("dev-500", "test-500"):
        write(tmp_path / f"cosqa/cosqa-retrieval-{name}.json", "[]")
    write(tmp_path / "cosqa/code_idx_map.txt", "{}")
    write(tmp_path / "cosqa/cosqa-dev.json", "[]")
    write(tmp_path / "conala/examples.annotated.test.json", "[]")
    for split in ("valid", "test"):
        write(tmp_path / f"avatar_g4g/g4g_functions__{split}.jsonl", "")
        write(tmp_path / f"java_cs/{split}.java-cs.txt.java", "")
        write(tmp_path / f"java_cs/{split}.java-cs.txt.cs", "")
    (tmp_path / "humaneval_x").mkdir()
    row = {
        "prompt": "def f():\n",
        "canonical_solution": "    return 1\n",
        "declaration": "def f():\n",
    }
    with gzip.open(tmp_path / "humaneval_x/humanevalx_python.jsonl.gz", "wt") as file:
        file.write(json.dumps(row) + "\n")
    texts = dict(evaluation_sets.texts_of(tmp_path))
    assert texts == {"humaneval_x": "def f():\n    return 1\n"}
