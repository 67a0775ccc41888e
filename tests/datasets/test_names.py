"""Hiding names as AdvTest does, and taking docstrings out."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.datasets.names import normalise_names, without_docstring

PUBLISHED = '''\
def dailymotion_download(url, output_dir='.', merge=True, info_only=False, **kwargs):
    """Downloads videos by URL.
    """

    html = get_content(rebuilt_url(url))
    info = json.loads(match1(html, r'qualities":({.+?}),"'))
    title = match1(html, r'"video_title"\\s*:\\s*"([^"]+)"') or \\
            match1(html, r'"title"\\s*:\\s*"([^"]+)"')
    title = unicodize(title)

    for quality in ['1080','720','480','380','240','144','auto']:
        try:
            real_url = info[quality][1]["url"]
            if real_url:
                break
        except KeyError:
            pass

    mime, ext, size = url_info(real_url)

    print_info(site_info, title, mime, size)
    if not info_only:
        download_urls([real_url], title, ext, size, output_dir=output_dir, merge=merge)
'''

HIDDEN = '''\
def Func(arg_0, arg_1='.', arg_2=True, arg_3=False, **arg_4):
    """Downloads videos by URL.
    """

    arg_5 = get_content(rebuilt_url(arg_0))
    arg_6 = json.loads(match1(arg_5, r'qualities":({.+?}),"'))
    arg_7 = match1(arg_5, r'"video_title"\\s*:\\s*"([^"]+)"') or \\
            match1(arg_5, r'"title"\\s*:\\s*"([^"]+)"')
    arg_7 = unicodize(arg_7)

    for arg_8 in ['1080','720','480','380','240','144','auto']:
        try:
            arg_9 = arg_6[arg_8][1]["url"]
            if arg_9:
                break
        except KeyError:
            pass

    arg_10, arg_11, arg_12 = url_info(arg_9)

    print_info(site_info, arg_7, arg_10, arg_12)
    if not arg_3:
        download_urls([arg_9], arg_7, arg_11, arg_12, arg_1=arg_1, arg_2=arg_2)
'''


def test_it_is_what_the_data_set_publishes() -> None:
    assert normalise_names(PUBLISHED) == HIDDEN


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "def size(self):\n    self.count = count\n    return self.size()\n",
            "def Func(arg_0):\n    arg_0.count = count\n    return arg_0.Func()\n",
        ),
        (
            "def f(x):\n    return f'{x} of x'  # x stays\n",
            "def Func(arg_0):\n    return f'{x} of x'  # x stays\n",
        ),
        (
            "def f(xs):\n    global g\n    g = [x for x in xs]\n",
            "def Func(arg_0):\n    global g\n    g = [arg_1 for arg_1 in arg_0]\n",
        ),
        (
            "    @cached\n    async def f(ä, b):\n        return lambda c: ä\n",
            "@cached\nasync def Func(arg_0, arg_1):\n    return lambda arg_2: arg_0\n",
        ),
        (
            "def f(p):\n    with open(p) as file:\n        return file\n",
            "def Func(arg_0):\n    with open(arg_0) as arg_1:\n        return arg_1\n",
        ),
    ],
)
def test_what_is_hidden_and_what_is_not(code: str, expected: str) -> None:
    assert normalise_names(code) == expected


@pytest.mark.parametrize("code", ["", "x = 1", "class A:\n    pass", "def f(:", "print 'old'"])
def test_what_is_no_function_is_left_alone(code: str) -> None:
    assert normalise_names(code) is None


names = st.sampled_from(["a", "b", "self", "näme", "Func", "arg_1", "total", "open"])


@st.composite
def functions(draw: st.DrawFn) -> str:
    parameters = draw(st.lists(names, unique=True, max_size=4))
    lines = [f"def {draw(names)}({', '.join(parameters)}):"]
    if draw(st.booleans()):
        lines.append('    """What it does with a and b."""')
    for _ in range(draw(st.integers(1, 5))):
        one, two, three = draw(names), draw(names), draw(names)
        lines.append(
            draw(
                st.sampled_from(
                    [
                        f"    {one} = {two}.{three}({one}={three})",
                        f"    for {one} in {two}: print('{one}', {three})",
                        f"    {one}[{two}] += 1  # {three}",
                        f"    return [{one} for {one} in {two} if {one}.{three}]",
                        f"    {one}, *{two} = {three}",
                    ]
                )
            )
        )
    return "\n".join(lines) + "\n"


def shape(code: str) -> list[str]:
    return [type(node).__name__ for node in ast.walk(ast.parse(code))]


@given(functions())
def test_only_names_change(code: str) -> None:
    try:
        ast.parse(code)
    except SyntaxError:
        assert normalise_names(code) is None
        return
    hidden = normalise_names(code)
    assert hidden is not None
    assert shape(hidden) == shape(code)
    assert hidden.count("\n") == code.count("\n")
    function = ast.parse(hidden).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert function.name == "Func"
    bound = [argument.arg for argument in function.args.args]
    assert bound == [name for name in bound if name.startswith("arg_") or name == "Func"]


@given(functions())
def test_names_do_not_matter_any_more(code: str) -> None:
    """The same function with other names is the same text."""
    renamed = code.replace("def ", "def other_", 1)
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    assert isinstance(tree.body[0], ast.FunctionDef)
    if code.count(tree.body[0].name) == 1:  # it does not call itself
        assert normalise_names(renamed) == normalise_names(code)


def test_a_docstring_goes_and_the_rest_stays() -> None:
    code = 'def f(x):\n    """Say\n\n    much."""\n    return """x"""\n'
    assert without_docstring(code) == 'def f(x):\n    return """x"""\n'


def test_a_function_of_a_docstring_alone_stays_a_function() -> None:
    code = 'class A:\n    """Only words."""\n'
    assert without_docstring(code) == "class A:\n    pass\n"


@pytest.mark.parametrize(
    "code",
    ["def f(): 'x'; return 1\n", "def f(): 'x'\n", "x = 1\n", "def f():\n    return 1\n", ""],
)
def test_what_has_none_or_shares_its_line_stays_as_it_is(code: str) -> None:
    assert without_docstring(code) == code


def test_old_python_loses_its_docstring_too() -> None:
    code = 'def f(x):\n    """Say it."""\n    print "x", x\n'
    assert without_docstring(code, "Say it.") == 'def f(x):\n    print "x", x\n'
