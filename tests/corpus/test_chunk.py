"""Texts become chunks that mean something on their own."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.corpus.chunk import chunk_text
from engine.corpus.pieces import OVERLAP_LINES
from engine.types import Chunk, Framework

FILLER = "\n".join(f"value_{number} = {number}" for number in range(70))


def names(chunks: list[Chunk]) -> list[tuple[str, str]]:
    return [(chunk.kind, chunk.name) for chunk in chunks if chunk.name]


def body(lines: int, indent: str = "    ", end: str = "") -> str:
    return "\n".join(f"{indent}step_{number} = {number}{end}" for number in range(lines))


TWO = "import torch\n\n\ndef one(x):\n    return x\n\n\ndef two(x):\n    return torch.cat(x)\n"


def test_a_short_file_is_cut_into_its_definitions_too() -> None:
    one, two = chunk_text(TWO, path="both.py")
    assert (one.kind, one.name, one.start_line, one.end_line) == ("function", "one", 4, 5)
    assert (two.kind, two.name, two.start_line, two.end_line) == ("function", "two", 8, 9)
    assert two.frameworks == (Framework.PYTORCH,)


def test_a_short_text_stays_one_chunk_where_that_is_asked_for() -> None:
    text = TWO
    (chunk,) = chunk_text(text, path="both.py", root="/code", whole_lines=9)
    assert (chunk.kind, chunk.name, chunk.language) == ("document", "", "Python")
    assert (chunk.start_line, chunk.end_line) == (1, 9)
    assert chunk.text == text.rstrip("\n")
    assert chunk.frameworks == (Framework.PYTORCH,)
    assert str(chunk.file) == "/code/both.py"


def test_a_whole_text_with_one_definition_has_its_name_and_docstring() -> None:
    text = '# Copyright\nimport os\n\ndef only(x):\n    """Says it.\n\n    More."""\n    return x\n'
    (chunk,) = chunk_text(text, path="only.py", whole_lines=20)
    assert (chunk.kind, chunk.name) == ("function", "only")
    assert chunk.description == "Says it.\n\nMore."
    assert chunk.text.startswith("# Copyright")


@pytest.mark.parametrize("text", ["", "\n\n", "  \n\t\n"])
def test_an_empty_text_has_no_chunks(text: str) -> None:
    assert chunk_text(text, path="empty.py") == []


def test_a_python_file_is_cut_into_its_definitions() -> None:
    text = f'''"""The module."""
import os

LIMIT = 3

# Above it.
@decorated
def function(
    x,
):
    """What it does."""
{body(10)}


class Small:
    """A small class."""

    def method(self):
        return 1


class Large(Small):
    """A large class."""

    size = 3

    def __init__(self, size):
{body(40, " " * 8)}

    @property
    def area(self):
        """The area."""
{body(40, " " * 8)}


if __name__ == "__main__":
    function(1)
'''
    chunks = chunk_text(text, path="pkg/module.py")
    lines = text.split("\n")
    assert names(chunks) == [
        ("function", "function"),
        ("class", "Small"),
        ("class", "Large"),
        ("method", "Large.__init__"),
        ("method", "Large.area"),
    ]
    assert [chunk.kind for chunk in chunks if not chunk.name] == ["block", "block"]
    for chunk in chunks:
        if chunk.name != "Large":
            assert chunk.text == "\n".join(lines[chunk.start_line - 1 : chunk.end_line])
    by_name = {chunk.name: chunk for chunk in chunks}
    assert by_name["function"].text.startswith("# Above it.\n@decorated\ndef function(")
    assert by_name["function"].description == "What it does."
    assert by_name["Large.area"].text.lstrip().startswith("@property")
    assert [chunk.name for chunk in chunks if chunk.is_outline] == ["Large"]
    summary = by_name["Large"].text
    assert summary.split("\n") == [
        "class Large(Small):",
        '    """A large class."""',
        "    size = 3",
        "    def __init__(self, size): ...",
        "    @property",
        "    def area(self): ...",
    ]


def test_a_class_of_middle_length_is_there_whole_and_by_method() -> None:
    lines = body(20, " " * 8)
    text = f"class Middle:\n    def a(self):\n{lines}\n    def b(self):\n{lines}\n"
    chunks = chunk_text(f"{text}\n{FILLER}\n", path="middle.py")
    assert names(chunks) == [("class", "Middle"), ("method", "Middle.a"), ("method", "Middle.b")]
    assert not any(chunk.is_outline for chunk in chunks)
    assert chunks[0].text == text.rstrip("\n")


def test_a_long_function_becomes_overlapping_windows_under_its_name() -> None:
    text = f'def long(x):\n    """Doc."""\n{body(200)}\n    return x\n'
    chunks = chunk_text(text, path="long.py")
    assert {(chunk.kind, chunk.name, chunk.description) for chunk in chunks} == {
        ("window", "long", "Doc.")
    }
    assert chunks[0].start_line == 1
    assert chunks[-1].end_line == 203
    for before, after in pairwise(chunks):
        assert before.end_line - after.start_line + 1 == OVERLAP_LINES
    assert len({chunk.id for chunk in chunks}) == len(chunks)


EXAMPLES = {
    "a.js": (
        "export default class A extends B {\n  go(x) {\n%s\n  }\n}\n"
        "export const f = (a) => {\n%s\n};\nmodule.exports.h = function () {\n%s\n};\n",
        [("class", "A"), ("function", "f"), ("function", "h")],
    ),
    "a.ts": (
        "export interface I {\n  a: string\n}\nabstract class A {\n  m(): void {\n%s\n  }\n}\n"
        "export namespace N {\n  export function f(): void {\n%s\n  }\n}\n",
        [("class", "I"), ("class", "A"), ("function", "f")],
    ),
    "a.tsx": (
        "export function App(): JSX.Element {\n%s\n  return <div>hello</div>;\n}\n",
        [("function", "App")],
    ),
    "A.java": (
        "package x;\n/** Doc. */\npublic class A {\n  @Override\n  public int m(int a) {\n%s\n  }\n"
        "  A() {\n%s\n  }\n}\nrecord R(int a) {}\n",
        [("class", "A"), ("class", "R")],
    ),
    "a.c": (
        "#include <x.h>\n/* Doc. */\nstatic int *f(int a)\n{\n%s\n}\n"
        "#ifdef X\nint g(void) {\n%s\n}\n#endif\nstruct S { int a; };\n",
        [("function", "f"), ("function", "g"), ("class", "S")],
    ),
    "a.cpp": (
        "namespace n {\ntemplate <class T>\nclass V {\n public:\n  int m() {\n%s\n  }\n};\n"
        "int V::q(int x) {\n%s\n}\n}\n",
        [("class", "V"), ("function", "V.q")],
    ),
    "a.cs": (
        "using System;\nnamespace X {\n  public class A {\n    int M() {\n%s\n    }\n  }\n"
        "  struct S { }\n}\n",
        [("class", "A"), ("class", "S")],
    ),
    "a.go": (
        "package x\n\n// F does it.\nfunc F(a int) int {\n%s\n}\n\nfunc (t *T) M() {\n%s\n}\n\n"
        "type T struct {\n\ta int\n}\n",
        [("function", "F"), ("function", "T.M"), ("class", "T")],
    ),
    "a.rs": (
        "mod m {\n  pub fn a() {\n%s\n  }\n}\n"
        "impl<T> Foo<T> for Bar<T> {\n  fn x(&self) {\n%s\n  }\n}\n#[derive(Debug)]\nstruct S;\n",
        [("function", "a"), ("class", "Bar"), ("class", "S")],
    ),
    "a.rb": (
        "module M\n  class A < B\n    def x(a)\n%s\n    end\n  end\nend\n",
        [("class", "M"), ("class", "M.A"), ("method", "M.A.x")],
    ),
    "a.php": (
        "<?php\nnamespace X;\nfunction f($a) {\n%s\n}\nclass A extends B {\n"
        "  public function m() {\n%s\n  }\n}\n",
        [("function", "f"), ("class", "A")],
    ),
}


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_grammar_finds_definitions(path: str) -> None:
    template, expected = EXAMPLES[path]
    end = "" if path.endswith((".rb", ".go")) else ";"
    count = template.count("%s")
    lines = 60 // count
    text = template % ((body(lines, "      ", end),) * count)
    chunks = chunk_text(text + body(40, "", end), path=path)
    found = [name for name in names(chunks) if name[0] != "method"]
    if path.endswith(".rb"):
        found = names(chunks)
    assert found == expected


def test_a_comment_above_is_the_description_elsewhere() -> None:
    comment = "/**\n * Adds two numbers.\n * @param a one\n */"
    text = f"{comment}\nfunction add(a, b) {{\n{body(50)}\n}}\n{FILLER}"
    chunk = chunk_text(text, path="add.js")[0]
    assert chunk.description == "Adds two numbers.\n@param a one"
    assert chunk.text.startswith("/**")


def test_long_methods_are_named_after_their_class() -> None:
    text = f"class A {{\n  void m() {{\n{body(80, '    ', ';')}\n  }}\n}}\n"
    chunks = chunk_text(text, path="A.java")
    assert chunks[0].kind == "class"
    assert chunks[0].text.split("\n") == ["class A {", "  void m() { … }", "}"]
    assert {chunk.name for chunk in chunks[1:]} == {"A.m"}


def test_without_a_grammar_lines_are_windows() -> None:
    text = "\n".join(f"line {number} of prose" for number in range(200))
    chunks = chunk_text(text, path="notes.lua")
    assert {chunk.kind for chunk in chunks} == {"window"}
    assert covered(chunks) == set(range(1, 201))


def test_what_does_not_parse_falls_back_to_windows() -> None:
    text = "\n".join(f")] {number} }}{{ $$ def" for number in range(100))
    assert {chunk.kind for chunk in chunk_text(text, path="broken.py")} == {"window"}


def test_ids_stay_when_lines_move_and_differ_between_namesakes() -> None:
    text = f"def a():\n{body(5)}\n\n\ndef b():\n{body(5)}\n\n\ndef a():\n{body(6)}\n\n{FILLER}\n"
    before = [chunk for chunk in chunk_text(text, path="m.py") if chunk.name]
    after = [chunk for chunk in chunk_text(f"import x\n\n\n{text}", path="m.py") if chunk.name]
    assert [chunk.id for chunk in before] == [chunk.id for chunk in after]
    assert [chunk.start_line + 3 for chunk in before] == [chunk.start_line for chunk in after]
    assert len({chunk.id for chunk in before}) == 3
    elsewhere = chunk_text(text, path="other.py")
    assert not {chunk.id for chunk in before} & {chunk.id for chunk in elsewhere}


def test_aliases_of_the_file_count_in_its_chunks() -> None:
    function = f"def zero(n):\n    y = np.zeros(n)\n{body(20)}\n    return y\n"
    text = f"from mxnet import np\n\n{function}\n\n{FILLER}"
    chunk = next(c for c in chunk_text(text, path="mx.py") if c.name == "zero")
    assert chunk.frameworks == (Framework.MXNET,)


def test_line_ends_do_not_matter() -> None:
    text = f"def a():\n{body(5)}\n\n{FILLER}\n"
    unix = chunk_text(text, path="m.py")
    assert chunk_text("\ufeff" + text.replace("\n", "\r\n"), path="m.py") == unix
    assert chunk_text(text.replace("\n", "\r"), path="m.py") == unix


def test_the_language_of_a_document_without_an_extension_is_found() -> None:
    (chunk,) = chunk_text("func Add(a int, b int) int {\n\treturn a + b\n}\n", path="Go/17")
    assert (chunk.language, chunk.name) == ("Go", "Add")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("#pragma once\nnamespace at {\nint add(int a);\n}\n", "C++"),
        ("inline int size(std::vector<int> v) { return v.size(); }\n", "C++"),
        ("#ifndef A_H\nint add(int a, int b); /* a class of its own */\n#endif\n", "C"),
    ],
)
def test_a_header_is_c_unless_it_shows_otherwise(text: str, language: str) -> None:
    assert chunk_text(text, path="a.h")[0].language == language


def covered(chunks: list[Chunk]) -> set[int]:
    return {line for c in chunks for line in range(c.start_line, c.end_line + 1)}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "def f(x):",
                "    return x",
                "class C:",
                "    def m(self): pass",
                "x = 1",
                "",
                "import os",
                "# note",
                "if x:",
                "    def g(): pass",
                "'''",
                "@deco",
                "}",
                "(",
            ]
        ),
        max_size=150,
    ),
    st.sampled_from(["a.py", "a.js", "a.rb", "a.cpp", "a.txt"]),
)
def test_any_text_is_cut_into_lines_that_exist(lines: list[str], path: str) -> None:
    chunks = chunk_text("\n".join(lines), path=path)
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    for chunk in chunks:
        assert 1 <= chunk.start_line <= chunk.end_line <= max(1, len(lines))
        assert chunk.text.strip()
    said = {number for number, line in enumerate(lines, 1) if line == "x = 1"}
    assert said <= covered(chunks)
