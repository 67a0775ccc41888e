"""The look of the window's own parts: rail, headers, bars and states."""

from __future__ import annotations

from gui.tokens import Theme

_SHEET = """
QMainWindow, #rail, #filterBar, #paneHeader, #statusArea, #corporaPage, #corporaScroll,
#corporaList, #searchPage, #promptRow, #importPage, #evaluatePage, #modelsPage,
#judgePage, #judgeForm, #verdictRow,
#trainPage, #trainScroll, #trainInside {{ background: {window}; }}
#pane, #welcome, #welcomePage, #message, #helpText {{ background: {surface}; }}
#hairline {{ background: {hairline}; }}
#muted, #fieldLabel, #paneSubtitle {{ color: {muted}; }}
#problem {{ color: {error}; }}
#sideLabel {{ background: {surface}; color: {muted}; }}
#notes {{
    background: {hover}; color: {text}; padding: 6px 16px;
    border-bottom: 1px solid {hairline};
}}
#errorRow {{ background: {error_surface}; }}
#paneTitle, #rowTitle, #messageHeading {{ font-weight: 600; }}
#heading {{ font-size: 16pt; font-weight: 600; }}
#messageHeading {{ font-size: 12pt; }}

QMenuBar {{ background: {window}; border-bottom: 1px solid {hairline}; padding: 2px 8px; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {selected}; }}

#rail QToolButton {{ color: {muted}; padding: 4px 0 2px 0; }}
#rail QToolButton:checked {{ color: {text}; background: {selected}; font-weight: 600; }}

QPushButton#example {{
    background: {window}; border: 1px solid {hairline}; border-radius: 6px; padding: 0;
}}
QPushButton#example:hover {{ background: {hover}; border-color: {control_edge}; }}
QPushButton#example:focus {{ border-color: {accent}; }}

#previewTable {{ background: {surface}; selection-background-color: {selected}; }}
#previewTable::item {{ padding: 0 20px; border: none; }}
#previewTable QHeaderView, #previewTable QHeaderView::section {{
    background: {window}; color: {muted}; border: none;
}}
#previewTable QHeaderView::section {{ padding: 4px 22px; border-bottom: 1px solid {hairline}; }}

#modelRole {{ color: {muted}; font-weight: 600; }}
#modelInUse {{ color: {accent}; font-weight: 600; }}

#verdict, #verdictOther {{
    background: {control}; border: 1px solid {control_edge}; padding: 4px 12px;
}}
#verdict:hover, #verdictOther:hover {{ background: {hover}; }}
#verdict:focus, #verdictOther:focus {{ border-color: {accent}; }}
#verdict[given="true"] {{ background: {selected}; border-color: {accent}; }}
#sideList {{ background: {surface}; }}
#sideList::item {{ padding: 8px 16px; border-bottom: 1px solid {hairline}; }}
#sideList::item:selected {{ background: {selected}; color: {text}; }}
#sideList::item:focus {{ border: 1px solid {accent}; padding: 7px 15px; }}

#rowsTable {{ background: {surface}; selection-background-color: {selected}; }}
#rowsTable::item {{ padding: 0 8px; border: none; }}
#rowsTable::item:focus {{ border-bottom: 1px solid {accent}; }}
#rowsTable QHeaderView, #rowsTable QHeaderView::section,
#receiptTree QHeaderView, #receiptTree QHeaderView::section {{
    background: {surface}; color: {muted}; border: none;
}}
#rowsTable QHeaderView::section {{ padding: 4px 10px; border-bottom: 1px solid {hairline}; }}
#receiptTree::item:focus {{
    background: {selection}; color: {text}; border-bottom: 1px solid {accent};
}}
#receiptTree QHeaderView::section {{ padding: 4px 6px; border-bottom: 1px solid {hairline}; }}

#resultTabs::tab {{
    background: transparent; color: {muted}; border: none; border-bottom: 2px solid transparent;
    padding: 6px 10px; margin: 0;
}}
#resultTabs::tab:hover {{ color: {text}; background: {hover}; }}
#resultTabs::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
#resultTabs::tab:focus {{ color: {accent}; }}

#corpusRow {{ border-bottom: 1px solid {hairline}; }}

QLineEdit {{
    background: {control}; border: 1px solid {control_edge}; border-radius: 4px;
    padding: 3px 8px; min-height: 20px;
}}
QLineEdit:focus {{ border-color: {accent}; }}

#judgeForm QPlainTextEdit {{
    background: {control}; border: 1px solid {control_edge}; border-radius: 4px; padding: 3px 4px;
}}
#judgeForm QPlainTextEdit:focus {{ border-color: {accent}; }}
#judgeForm QSpinBox {{
    background: {control}; border: 1px solid {control_edge}; border-radius: 4px; padding: 0 6px;
}}
#judgeForm QSpinBox::up-button, #judgeForm QSpinBox::down-button {{ width: 0; border: none; }}
#judgeForm QSpinBox QLineEdit {{ border: none; padding: 0; min-height: 0; }}
#judgeForm QSpinBox:focus {{ border-color: {accent}; }}
"""

_USED = (
    "window",
    "surface",
    "hairline",
    "muted",
    "text",
    "error",
    "error_surface",
    "selected",
    "selection",
    "hover",
    "control",
    "control_edge",
    "accent",
)


def shell_style(theme: Theme) -> str:
    """The style sheet of the main window in a theme."""
    return _SHEET.format(**{name: getattr(theme, name) for name in _USED})
