from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.corpus.walk import FoundFile
from engine.learning.pairs.discourse import answer, likes, read_topics, topic_pairs
from engine.learning.pairs.record import Kind

COOKED = """<p>Your loss already has a softmax:</p>
<pre data-code-wrap="python"><code class="lang-python">criterion = nn.CrossEntropyLoss()
loss = criterion(logits, labels)
</code></pre>
<aside class="quote"><pre><code>probs = F.softmax(logits)</code></pre></aside>
<pre><code class="lang-auto">Traceback (most recent call last):
  File "train.py", line 31, in &lt;module&gt;
    loss.backward()
RuntimeError: grad can be implicitly created only for scalar outputs
</code></pre>"""


def post(number, code="x = f(1)", accepted=False, liked=0, **more):
    actions = [{"id": 3, "count": 99}, {"id": 2, "count": liked}] if liked else []
    return {
        "id": 100 + number,
        "post_number": number,
        "username": "someone",
        "cooked": f"<pre><code>{code}</code></pre>",
        "accepted_answer": accepted,
        "actions_summary": actions,
        **more,
    }


def topic(*posts, title="Why does my loss not get any smaller?", **more):
    return {"id": 5, "title": title, "post_stream": {"posts": list(posts)}, **more}


def test_a_solved_topic_takes_the_accepted_post_without_errors_and_quotes():
    made = topic(post(1), post(2, liked=9), post(3, accepted=True, cooked=COOKED))
    (pair,) = topic_pairs(made, "x")
    assert pair.kind == Kind.DISCOURSE_TITLE
    assert pair.text == "Why does my loss not get any smaller?"
    assert pair.code == "criterion = nn.CrossEntropyLoss()\nloss = criterion(logits, labels)"
    assert "someone" not in repr(pair)


def test_markdown_is_read_if_the_export_has_it():
    raw = '[quote="a"]\n```\nold()\n```\n[/quote]\nDo\n~~~py\nnew(1)\n~~~\n```bash\npip list\n```'
    (pair,) = topic_pairs(topic(post(1), post(2, raw=raw, liked=1)), "x")
    assert pair.code == "new(1)"


def test_the_accepted_post_may_be_named_by_the_topic():
    made = topic(post(1), post(2, "a = 1"), post(3, "b = 2"), accepted_answer={"post_number": 2})
    assert answer(made)["post_number"] == 2
    elsewhere = topic(post(1), post(2, liked=4), accepted_answer={"post_number": 40})
    assert answer(elsewhere) is None


POSTS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 5), st.sampled_from(["actions", "count"])), max_size=6
)


@given(POSTS)
def test_accepted_else_most_liked(drawn):
    posts = [post(1, liked=50)]
    for number, (accepted, liked, style) in enumerate(drawn, 2):
        made = post(number, accepted=accepted, liked=liked)
        if style == "count":
            made |= {"actions_summary": None, "like_count": liked}
        posts.append(made)
    chosen = answer(topic(*posts))
    accepted_numbers = [number for number, (yes, *_) in enumerate(drawn, 2) if yes]
    if accepted_numbers:
        assert chosen["post_number"] == accepted_numbers[0]
    elif any(liked for _, liked, _ in drawn):
        assert likes(chosen) == max(liked for _, liked, _ in drawn)
        assert chosen["post_number"] != 1
    else:
        assert chosen is None


@given(st.text("ab c", max_size=15))
def test_titles_have_ten_characters(title):
    pairs = list(topic_pairs(topic(post(1), post(2, liked=1), title=title), "x"))
    assert len(pairs) == (len(" ".join(title.split())) >= 10)


def test_an_answer_without_code_gives_nothing():
    made = topic(post(1), post(2, cooked="<p>Use <code>nn.Linear</code>.</p>", liked=3), post(3))
    assert not list(topic_pairs(made, "x"))


def read(path, value, *tags):
    text = value if isinstance(value, str) else json.dumps(value)
    path.write_text(text, encoding="utf-8")
    return read_topics(FoundFile(str(path.parent), path.name, len(text), 0), tags)


def test_one_topic_several_or_lines_of_them(tmp_path):
    one = topic(post(1), post(2, liked=1), tags=["autograd"])
    two = {"title": "How to save a model?", "posts": [post(1), post(2, liked=1)], "id": 6}
    file = tmp_path / "t.json"
    assert len(read(file, one).pairs) == 1
    for form in ([one, two], {"topics": [one, two]}, json.dumps(one) + "\n" + json.dumps(two)):
        step = read(file, form)
        assert len(step.pairs) == 2 and len({pair.group for pair in step.pairs}) == 2
    assert [pair.text for pair in read(file, [one, two], "Autograd").pairs] == [one["title"]]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"title": "x"}', "3", "[" * 100_000, '{"title": "x", "posts": [{"a"']
)
def test_what_holds_no_topic_is_left_out_and_told(tmp_path, text):
    step = read(tmp_path / "t.json", text)
    assert not step.pairs and step.skipped is not None
