from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.job import run_to_end
from engine.learning.pairs.cleaning import MAX_TOKENS, MIN_CODE_TOKENS, clean, wrong_length
from engine.learning.pairs.personal import code_without_personal_data, without_personal_data
from engine.learning.pairs.record import Pair, PairWriter, read_pairs
from engine.learning.pairs.table import BUCKETS, Tally
from engine.learning.pairs.tokens import code_tokens, text_tokens, torch_likeness

CODE = "def scale(values, factor):\n    return [value * factor for value in values]\n"


def pair(text="Multiply each value by the factor.", code=CODE, kind="repository-docstring"):
    return Pair(text, code, kind, "r", "g")


def cleaned(tmp_path, pairs):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    with PairWriter(source) as writer:
        for one in pairs:
            writer.write(one)
    report = run_to_end(clean(source, out))
    return list(read_pairs(out)), report


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Thanks to @some-one for the idea of it", "for the idea of it"),
        ("Mail a.person@uni.example.edu if it fails", "Mail if it fails"),
        ("The fix (see https://github.com/person/fork/pull/3) works", "The fix works"),
        ("As on https://forum.example.org/u/person/summary now", "As on now"),
        ("Docs: https://pytorch.org/docs/stable/nn.html", None),
        ("Broken since 2021-03-04 15:16:17.123 or so", "Broken since 2021-03-04 or so"),
        ("Started at 09:41:07 in the morning", "Started in the morning"),
        ("The product q @ k.T with @torch.no_grad() and @property", None),
        ("Crop to 16:9 and take x[1:20]", None),
        ("Calls dict.copy() on every node", None),
    ],
)
def test_personal_data_is_taken_out_of_text(before, after):
    assert without_personal_data(before) == (before if after is None else after)


def test_personal_data_is_taken_out_of_remarks_and_the_code_stays():
    code = (
        '@cached\ndef f(a, b):\n    """Ask @person or p@example.com.\n\n    More.\n    """\n'
        "    # by @person, 2020-01-02 10:11:12\n"
        '    return mail("p@example.com", a @ b)  # see http://x.y/~person/\n'
    )
    out = code_without_personal_data(code)
    assert "person" not in out and "10:11" not in out
    assert '    return mail("p@example.com", a @ b)  #\n' in out
    assert out.startswith('@cached\ndef f(a, b):\n    """Ask')
    assert '\n\n    More.\n    """\n    #' in out


WORDS = st.sampled_from(
    ["value", "@person", "(@person)", "a@b.org", "12:30:45", "2020-01-02", "http://x.y/u/me", "é."]
)


@given(st.lists(WORDS).map(" ".join))
def test_taking_out_personal_data_once_is_enough(text):
    once = without_personal_data(text)
    assert without_personal_data(once) == once
    assert not {"person", "a@b.org", "12:30", "/u/me"} & {w for w in WORDS_FOUND if w in once}
    assert once.count("value") == text.count("value")
    assert once.count("2020-01-02") == text.count("2020-01-02")


WORDS_FOUND = ("person", "a@b.org", "12:30", "/u/me")


@given(st.integers(0, 600), st.integers(0, 600))
def test_lengths(words, tokens):
    made = pair("word " * words, "x " * tokens)
    good = MIN_CODE_TOKENS <= tokens <= MAX_TOKENS and 1 <= words <= MAX_TOKENS
    assert (wrong_length(made, len(code_tokens(made.code))) == "") == good


def test_the_same_pair_code_or_text_is_kept_once(tmp_path):
    other = CODE.replace("*", "+").replace("scale", "shift").replace("factor", "step")
    kept, report = cleaned(
        tmp_path,
        [
            pair(),
            pair("Multiply  each value, by the FACTOR"),
            pair("Something else.", CODE.replace("    ", "  ")),
            pair(code="class Other:\n    def run(self, one, two):\n        return one + two\n"),
            pair("Add the step to each value.", other),
        ],
    )
    assert [one.text for one in kept] == [
        "Multiply each value by the factor.",
        "Add the step to each value.",
    ]
    assert report.lost == {"repository-docstring": {"same pair": 1, "same code": 1, "same text": 1}}


def test_nearly_the_same_code_is_kept_once(tmp_path):
    lines = [f"    total_{n} = combine(first_{n}, second_{n}) + offset" for n in range(12)]
    long = "def run():\n" + "\n".join(lines)
    near = long.replace("second_11", "other_11")
    far = "def run():\n" + "\n".join(line.replace("combine", "split_up") for line in lines)
    kept, report = cleaned(tmp_path, [pair("One.", long), pair("Two.", near), pair("Three.", far)])
    assert [one.text for one in kept] == ["One.", "Three."]
    assert report.lost["repository-docstring"] == {"nearly the same code": 1}


CODES = st.lists(st.sampled_from(["x = f(y)", "for a in b:", "  c += 1", "# @person"]), max_size=60)


@given(st.lists(st.tuples(st.lists(WORDS, max_size=4), CODES), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_what_is_clean_stays_and_every_loss_is_counted(tmp_path, drawn):
    pairs = [pair(" ".join(words), "\n".join(code)) for words, code in drawn]
    kept, report = cleaned(tmp_path, pairs)
    if kept:  # a file without pairs is not cleaned
        again, second = cleaned(tmp_path, kept)
        assert again == kept and not second.lost and not second.changed
    lost = sum(count for counts in report.lost.values() for count in counts.values())
    assert report.before[-1].pairs == len(pairs)
    assert report.after[-1].pairs == len(kept) == len(pairs) - lost
    for one in kept:
        assert MIN_CODE_TOKENS <= len(code_tokens(one.code)) <= MAX_TOKENS
        assert "person" not in one.text + one.code


def test_the_table_counts_tokens_of_each_kind():
    tally = Tally()
    tally.add(pair("one two three", "x = f(1)", "notebook-comment"))
    tally.add(pair("one " * 30, "x " * 600, "notebook-comment"))
    tally.add(pair("one", "x " * 13))
    comment, docstring, everything = tally.rows()
    assert (comment.kind, comment.pairs) == ("notebook-comment", 2)
    assert (comment.text_tokens, comment.code_tokens) == (16.5, 303)
    assert comment.code_histogram == (1, 0, 0, 0, 0, 0, 0, 1)
    assert comment.text_histogram[BUCKETS.index("25–49")] == 1
    assert docstring.code_histogram[BUCKETS.index("13–24")] == 1
    assert everything.pairs == 3


def test_what_a_token_is():
    assert text_tokens("It's 3 times, isn't it?") == ["It's", "3", "times", "isn't", "it"]
    assert code_tokens("x += y_1[0]  #!") == ["x", "+", "=", "y_1", "[", "0", "]", "#", "!"]


def test_how_much_code_looks_like_torch():
    assert torch_likeness("import torch\nx = torch.ones(3)\n\n# torch.\ny = x\nz = y\n") == 0.5
    assert torch_likeness("import torchvision\nmytorch.x()") == torch_likeness("") == 0.0
