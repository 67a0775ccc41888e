import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.comments import drop_comments

PYTHON = '''# first
def halves(values):
    """# No comment."""

    # whole line
    marks = {"#": '#fff', 'it\\'s': 1}  # trailing
    middle = len(values)  // 2
    // 3
    return values[:middle], f"{marks['#']}" # one blank
'''
JAVA = """/**
 * Adds.
 */
int add(int a, int b) {
    // whole line
    let c = a + b; // trailing
    String url = "http://a.b/*c*/"; /* in the midst */ char quote = '"'; // "
    return c;
}"""


def test_python_loses_its_comments_and_nothing_else():
    bare = drop_comments(PYTHON, "Python")
    assert bare.startswith("def halves")
    assert bare.count("#") == 4  # those in strings
    divided = PYTHON.replace("2\n    // 3", "2")
    assert ast.dump(ast.parse(drop_comments(divided, "Python"))) == ast.dump(ast.parse(divided))
    assert "    middle = len(values)  // 2\n    // 3\n" in bare
    assert "# whole" not in bare and bare.count("\n") == PYTHON.count("\n") - 2


def test_java_loses_lines_and_blocks():
    assert drop_comments(JAVA, "Java").splitlines() == [
        "int add(int a, int b) {",
        "    let c = a + b;",
        '    String url = "http://a.b/*c*/";  char quote = \'"\';',
        "    return c;",
        "}",
    ]


@pytest.mark.parametrize(
    ("code", "language", "bare"),
    [
        ("echo $# ${a#b} # c", "Shell", "echo $# ${a#b}"),
        ('puts "#{x}" # say', "Ruby", 'puts "#{x}"'),
        ("#include <a.h>\nint a; // b", "C++", "#include <a.h>\nint a;"),
        ("var a = /\\/\\//; // b", "JavaScript", "var a = /\\/\\//;"),
        ('var p = @"C:\\"; // q', "C#", 'var p = @"C:\\";'),
        ("select 1 -- one", "SQL", "select 1"),
        ("# a heading", "Markdown", "# a heading"),
    ],
)
def test_each_language_has_its_marks(code, language, bare):
    assert drop_comments(code, language) == bare


@given(st.text("#/*'\"\\ \na`@", max_size=60), st.sampled_from(["Python", "C#", "Go", "Shell"]))
def test_any_text_goes_through(text, language):
    left = drop_comments(text, language)
    assert len(left) <= len(text)
