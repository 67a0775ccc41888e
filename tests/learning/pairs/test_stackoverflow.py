from __future__ import annotations

import random
import tracemalloc
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import DataError
from engine.learning.pairs.record import Kind
from engine.learning.pairs.stackoverflow import (
    MIN_CODE_TOKENS,
    answer_pairs,
    find_dumps,
    read_dump,
)
from engine.learning.pairs.tokens import code_tokens

BODY = """<p>Flatten all but the first dimension, then <code>fc</code> fits:</p>

<pre class="lang-py"><code># keep the batch, flatten the channels and both sides
x = x.view(x.size(0), -1)
x = self.fc(x)  # (N, 10)
</code></pre>
<p>or leave it to a module:</p>
<pre><code>&gt;&gt;&gt; model = nn.Sequential(nn.Flatten(), nn.Linear(16 * 5 * 5, 10))
&gt;&gt;&gt; model(x).shape
torch.Size([1, 10])
</code></pre>
<blockquote><pre><code>x = quoted(question) + something(again, 1)</code></pre></blockquote>
<pre><code>RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x2 and 3x4)</code></pre>
<pre class="lang-bash"><code>pip install torch --upgrade</code></pre>"""


def question(
    number, answer, title="How do I flatten a tensor but for its batch?", tags="<pytorch>"
):
    return (
        f'<row Id="{number}" PostTypeId="1" AcceptedAnswerId="{answer}" Title={quoteattr(title)} '
        f'Tags={quoteattr(tags)} Body={quoteattr("<p>?</p>")} OwnerUserId="7" />'
    )


def reply(number, parent, body=BODY):
    return f'<row Id="{number}" PostTypeId="2" ParentId="{parent}" Body={quoteattr(body)} />'


def dump(path: Path, rows, end="</posts>") -> Path:
    head = '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<posts>\n  '
    path.write_text(head + "\n  ".join(rows) + f"\n{end}", encoding="utf-8")
    return path


def pairs_of(path, *tags):
    return [pair for step in read_dump(path, tags or ("pytorch",)) for pair in step.pairs]


def test_the_title_goes_with_the_code_of_the_accepted_answer():
    title, comment = answer_pairs("How do I flatten a tensor?", BODY, "site/1")
    assert (title.kind, comment.kind) == (Kind.STACKOVERFLOW_TITLE, Kind.STACKOVERFLOW_COMMENT)
    assert title.code == (
        "x = x.view(x.size(0), -1)\nx = self.fc(x)\n\n"
        "model = nn.Sequential(nn.Flatten(), nn.Linear(16 * 5 * 5, 10))\nmodel(x).shape"
    )
    assert comment.text == "keep the batch, flatten the channels and both sides"
    assert comment.code == "x = x.view(x.size(0), -1)\nx = self.fc(x)"
    assert comment.parent == title.reference and comment.group == title.group


def test_either_way_of_writing_tags_and_either_order_of_posts(tmp_path):
    rows = [
        reply(2, 9),
        question(1, 3),
        question(9, 2, "How can the batch be kept as it is?", tags="|python|pytorch|"),
        reply(3, 1),
        question(5, 6, tags="<java>"),
        reply(6, 5),
        reply(7, 1),
    ]
    titles = [p.text for p in pairs_of(dump(tmp_path / "Posts.xml", rows)) if p.parent is None]
    assert titles == [
        "How can the batch be kept as it is?",
        "How do I flatten a tensor but for its batch?",
    ]


@st.composite
def threads(draw):
    """Questions with what decides about them, and the rows of a dump in any order."""
    expected, rows = [], []
    for number in range(draw(st.integers(0, 5))):
        title = f"How to do the thing {number}?" if draw(st.booleans()) else f"How {number}?"
        tag = draw(st.sampled_from(["<pytorch>", "<python><pytorch>", "<pytorch-geometric>", ""]))
        accepted = draw(st.booleans())
        code = draw(st.sampled_from(["x = f(1)", "x = f(1, 2, 3, 4)\ny = g(x)", "$ pip install x"]))
        rows.append(question(10 * number + 1, 10 * number + 2 if accepted else "", title, tag))
        rows.append(reply(10 * number + 2, 10 * number + 1, f"<pre><code>{code}</code></pre>"))
        rows.append(reply(10 * number + 3, 10 * number + 1))
        good = len(title) >= 10 and accepted and "pytorch>" in tag and code.startswith("x = f(1, ")
        expected += [(title, code)] if good else []
    return expected, draw(st.permutations(rows))


@given(threads())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tagged_questions_with_an_accepted_answer_of_enough_code(tmp_path, made):
    expected, rows = made
    found = pairs_of(dump(tmp_path / "Posts.xml", rows))
    assert sorted((pair.text, pair.code) for pair in found) == sorted(expected)


@given(st.text("abc(),.=+ \n", max_size=60), st.text("abc ", max_size=14))
def test_code_has_ten_tokens_and_no_comments_text_ten_characters(code, said):
    body = f"<pre><code># {said}\n{code}</code></pre>"
    for pair in answer_pairs("How do I do this one thing?", body, "t"):
        assert len(code_tokens(pair.code)) >= MIN_CODE_TOKENS
        assert len(pair.text) >= 10
        assert "#" not in pair.code


def test_memory_does_not_grow_with_the_dump(tmp_path):
    def peak(count):
        rng = random.Random(0)
        rows = []
        for number in range(count):
            rows.append(question(2 * number + 1, 2 * number + 2, tags="<java>"))
            filler = "".join(rng.choices("abcdefgh ", k=4_000))
            rows.append(reply(2 * number + 2, 2 * number + 1, f"<p>{filler}</p>"))
        path = dump(tmp_path / f"{count}.xml", rows)
        del rows
        tracemalloc.start()
        try:
            assert pairs_of(path) == []
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(500), peak(4_000)  # 2 and 16 MB
    assert large < 1.5 * small


def test_a_dump_that_is_cut_off_is_told_with_its_line(tmp_path):
    path = dump(tmp_path / "Posts.xml", [question(1, 2), '<row Id="2" PostType'], end="")
    with pytest.raises(DataError, match=r"line 4: .*cut off"):
        pairs_of(path)


def test_a_dump_without_its_end_is_told(tmp_path):
    with pytest.raises(DataError, match="cut off"):
        pairs_of(dump(tmp_path / "Posts.xml", [question(1, 2), reply(2, 1)], end=""))


def test_a_bomb_of_entities_is_refused(tmp_path):
    path = tmp_path / "Posts.xml"
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    path.write_text(f'<!DOCTYPE posts [{entities}]><posts><row Title="&a9;"/></posts>')
    with pytest.raises(DataError, match="document type"):
        pairs_of(path)


def test_what_is_no_xml_is_told(tmp_path):
    path = tmp_path / "Posts.xml"
    path.write_bytes(b"\x37\x7a\xbc\xaf\x27\x1c" * 100)
    with pytest.raises(DataError):
        pairs_of(path)
    with pytest.raises(DataError):
        pairs_of(tmp_path / "absent.xml")


def test_tags_have_to_be_given(tmp_path):
    with pytest.raises(DataError, match="--tag"):
        list(read_dump(dump(tmp_path / "Posts.xml", []), ()))


def test_dumps_in_the_folders_that_7z_makes(tmp_path):
    for name in ("a.example.com", "b.example.com"):
        (tmp_path / name).mkdir()
        dump(tmp_path / name / "Posts.xml", [])
    assert len(find_dumps(tmp_path)) == 2
    packed = tmp_path / "a.7z"
    packed.touch()
    with pytest.raises(DataError, match="extract"):
        find_dumps(packed)
