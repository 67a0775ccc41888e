from __future__ import annotations

from itertools import count

import pytest
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QApplication, QPlainTextDocumentLayout
from pytestqt.qtbot import QtBot

from gui.highlighter import LONGEST_LINE, LONGEST_TEXT, SLICE_S, Highlighter
from gui.lexers import lexer_for
from gui.theme import LIGHT, apply_theme

LINES = "x = foo(1)  # why\n"


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> None:
    apply_theme(qapp, "light")


def document_of(text: str) -> QTextDocument:
    document = QTextDocument()
    document.setDocumentLayout(QPlainTextDocumentLayout(document))
    document.setPlainText(text)
    return document


def coloured(block: QTextBlock) -> dict[str, str]:
    """Which words of a line have which colour."""
    text = block.text().encode("utf-16-le")
    return {
        text[2 * piece.start : 2 * (piece.start + piece.length)].decode("utf-16-le"): (
            piece.format.foreground().color().name()
        )
        for piece in block.layout().formats()
    }


def run(highlighter: Highlighter, steps: int = 10_000) -> None:
    for _ in range(steps):
        if highlighter.running:
            highlighter.step()


def highlighted(text: str, language: str | None = "Python") -> QTextDocument:
    document = document_of(text)
    highlighter = Highlighter(document)
    highlighter.start(language)
    run(highlighter)
    assert not highlighter.running
    return document


def test_tokens_get_the_colours_of_the_theme() -> None:
    block = highlighted("def f(x):\n    return 'a'\n").firstBlock()
    assert coloured(block)["def"] == LIGHT.syntax.keyword
    assert coloured(block)["f"] == LIGHT.syntax.function
    assert coloured(block.next())["'a'"] == LIGHT.syntax.string


def test_a_token_over_several_lines_colours_each_of_them() -> None:
    document = highlighted('x = 1\n"""one\n\ntwo"""\ny = 2\n')
    assert coloured(document.findBlockByNumber(1)) == {'"""one': LIGHT.syntax.comment}
    assert coloured(document.findBlockByNumber(3)) == {'two"""': LIGHT.syntax.comment}
    assert coloured(document.findBlockByNumber(4))["2"] == LIGHT.syntax.number


def test_characters_outside_the_basic_plane_do_not_shift_what_follows() -> None:
    document = highlighted("a = '🙂🙂' # 🙂 b\nreturn 1\n")
    assert coloured(document.firstBlock())["'🙂🙂'"] == LIGHT.syntax.string
    assert coloured(document.findBlockByNumber(1))["return"] == LIGHT.syntax.keyword


def test_odd_line_ends_do_not_shift_what_follows() -> None:
    document = highlighted("a = 1\r\nb = 'x\u2028y'\u2029return 2\f\n")
    assert coloured(document.findBlockByNumber(2))["return"] == LIGHT.syntax.keyword


def test_work_is_cut_into_slices_by_the_clock() -> None:
    document = document_of(LINES * 50)
    ticks = count()
    per_tick = SLICE_S / 10  # every look at the clock costs a tenth of a slice
    highlighter = Highlighter(document, clock=lambda: next(ticks) * per_tick)
    highlighter.start("Python")
    highlighter.step()
    assert highlighter.running
    assert coloured(document.firstBlock())
    assert not coloured(document.lastBlock().previous())
    run(highlighter)
    tokens = len(list(lexer_for("Python").get_tokens_unprocessed(LINES * 50)))  # type: ignore[union-attr]
    assert highlighter.slices >= tokens // 10
    assert coloured(document.lastBlock().previous())["1"] == LIGHT.syntax.number


def test_a_new_text_drops_the_work_on_the_old_one(qtbot: QtBot) -> None:
    document = document_of(LINES * 50)
    ticks = count()
    highlighter = Highlighter(document, clock=lambda: next(ticks) * SLICE_S)
    highlighter.start("Python")
    highlighter.step()
    document.setPlainText("return 1")
    with qtbot.waitSignal(highlighter.finished):
        highlighter.start("Python")
    assert coloured(document.firstBlock())["return"] == LIGHT.syntax.keyword


def test_without_a_language_old_colours_go() -> None:
    document = document_of("return 1\n" * 3)
    highlighter = Highlighter(document)
    highlighter.start("Python")
    run(highlighter)
    highlighter.start(None)
    run(highlighter)
    assert all(not coloured(document.findBlockByNumber(n)) for n in range(3))


def test_a_very_long_line_stays_plain_and_its_neighbours_do_not() -> None:
    document = highlighted("return 1\n" + "x = 1;" * LONGEST_LINE + "\nreturn 2\n")
    assert coloured(document.firstBlock())
    assert not coloured(document.findBlockByNumber(1))
    assert coloured(document.findBlockByNumber(2))["return"] == LIGHT.syntax.keyword


def test_a_very_long_text_stays_plain() -> None:
    document = highlighted("return 1\n" * (LONGEST_TEXT // 8))
    assert not coloured(document.firstBlock())


def test_a_language_nobody_knows_stays_plain() -> None:
    assert not coloured(highlighted("return 1", "Klingon").firstBlock())


@pytest.mark.parametrize(
    "language",
    ["Python", "JavaScript", "TypeScript", "Java", "C", "C++", "C#", "Go", "Rust", "Ruby", "PHP"],
)
def test_the_languages_that_are_chunked_are_coloured(language: str) -> None:
    assert coloured(highlighted("if (x) { return 1; }\n", language).firstBlock())


def test_a_change_of_theme_recolours(qapp: QApplication) -> None:
    document = document_of("return 1")
    highlighter = Highlighter(document)
    highlighter.start("Python")
    run(highlighter)
    before = coloured(document.firstBlock())["return"]
    apply_theme(qapp, "dark")
    run(highlighter)
    assert coloured(document.firstBlock())["return"] != before
