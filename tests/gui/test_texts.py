"""The wording of numbers, times and states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.types import (
    Framework,
    Progress,
    Query,
    QueryKind,
    SearchResult,
    SearchStage,
    Understanding,
)
from engine.types_models import ModelInfo, ModelState
from gui import texts

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 files"), (1, "1 file"), (1760, "1,760 files")]
)
def test_counts(number: int, words: str) -> None:
    assert texts.count(number, "file") == words


def test_a_share_is_never_complete_before_the_end() -> None:
    assert texts.share(49_999, 50_000) == "49,999 of 50,000 (99 %)"
    assert texts.share(50_000, 50_000) == "50,000 of 50,000 (100 %)"
    assert texts.share(1, 2) == "1 of 2"
    assert texts.share(0, 0) == "0 of 0 (100 %)"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (45, "45 s"), (200, "3 min"), (4800, "80 min"), (6000, "1 h 40 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert texts.duration(seconds) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=40), "on 24 Mar 2026"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_times_past(before: timedelta, words: str) -> None:
    assert texts.ago(NOW - before, NOW) == words


def test_no_time_is_never() -> None:
    assert texts.ago(None) == "never"


def test_progress_says_what_is_known() -> None:
    assert texts.progress(Progress("listing", 0, None)) == "listing"
    assert texts.progress(Progress("listing", 1200, None)) == "listing · 1,200"
    full = Progress("reading files", 440, 1760, rate=320.4, seconds_left=4.1)
    assert texts.progress(full) == ("reading files · 440 of 1,760 (25 %) · 320 a second · 4 s left")


def test_understanding_names_kind_language_and_frameworks() -> None:
    code = Understanding(QueryKind.CODE, "Python", (Framework.MXNET,))
    assert texts.understanding(code) == "code · Python · MXNet"
    assert texts.understanding(Understanding(QueryKind.WORDS)) == "words"


def test_a_result_says_its_time_and_stage() -> None:
    query = Query("x", "sample")
    what = Understanding(QueryKind.WORDS)
    half = SearchResult(query, what, (), SearchStage.LEXICAL, {"total": 31.4})
    assert texts.result_line(half) == "31 ms · by words first · more on its way…"
    assert texts.result_line(SearchResult(query, what, (), SearchStage.DONE)) == ""


def test_shares_put_the_most_frequent_first() -> None:
    assert texts.shares({"C": 2, "Python": 1000}) == "Python 1,000 · C 2"
    assert texts.shares(dict.fromkeys("abcdef", 1)) == "a 1 · b 1 · c 1 · d 1 · 2 more"


def test_models_say_where_they_run_or_what_is_wrong() -> None:
    ready = ModelInfo("encoder", "bundled", ModelState.READY, "cpu", "bf16")
    failed = ModelInfo("cross-encoder", "x", ModelState.FAILED, problem="x is not there")
    assert texts.models(()) == "models are loading"
    assert texts.models((ready, ready)) == "models ready on cpu (bf16)"
    assert texts.models((ready, failed)) == "encoder ready on cpu (bf16) · no cross-encoder"


def test_what_is_in_use_after_a_change() -> None:
    def models(*names: str) -> tuple[ModelInfo, ...]:
        roles = ("encoder", "cross-encoder")
        return tuple(
            ModelInfo(role, name, ModelState.READY) for role, name in zip(roles, names, strict=True)
        )

    assert texts.in_use(models("bundled", "bundled")) == "the bundled models"
    mine = texts.in_use(models("bundled", "/home/ada/versions/mine/cross-encoder"))
    assert mine == "encoder bundled and cross-encoder mine"
    both = texts.in_use(models("/d/versions/mine/encoder", "/d/versions/mine/cross-encoder"))
    assert both == "“mine”"
    own = texts.in_use(models("/models/own", "bundled"))
    assert own == "encoder /models/own and cross-encoder bundled"
