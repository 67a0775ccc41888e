"""The two themes as tokens: every colour that a widget paints, by what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.types import Grade

GRID = 8
"""All distances are multiples of half of this many pixels."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """The colours of code, by what a token is."""

    keyword: str
    string: str
    number: str
    comment: str
    function: str
    type: str
    decorator: str
    operator: str


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours (`#rrggbb`) by meaning.

    `window` lies behind the rail, the bars and the results' place; `surface` behind code and lists.
    `hover` and `selected` are rows of a list; `selection` is selected text. `faint` is for what
    only helps, such as line numbers.
    """

    name: str
    dark: bool
    window: str
    surface: str
    hover: str
    selected: str
    selection: str
    hairline: str
    control: str
    control_edge: str
    text: str
    muted: str
    faint: str
    disabled: str
    accent: str
    on_accent: str
    error: str
    error_surface: str
    grades: Mapping[Grade, str]
    syntax: Syntax


LIGHT = Theme(
    name="light",
    dark=False,
    window="#f5f6f8",
    surface="#ffffff",
    hover="#f1f3f6",
    selected="#e5edfc",
    selection="#d6e3fb",
    hairline="#dfe2e8",
    control="#ffffff",
    control_edge="#c3c8d1",
    text="#1c2026",
    muted="#57606c",
    faint="#626b78",
    disabled="#8b93a0",
    accent="#2a57c5",
    on_accent="#ffffff",
    error="#b02a1d",
    error_surface="#fdf0ee",
    grades={
        Grade.IRRELEVANT: "#b02a1d",
        Grade.WEAK: "#845400",
        Grade.STRONG: "#2a57c5",
        Grade.EXACT: "#1c7237",
    },
    syntax=Syntax(
        keyword="#7b3aa0",
        string="#2b6a33",
        number="#964a05",
        comment="#5a6470",
        function="#2152b0",
        type="#0d646d",
        decorator="#80570a",
        operator="#4c5561",
    ),
)

DARK = Theme(
    name="dark",
    dark=True,
    window="#16181c",
    surface="#1c1f24",
    hover="#23272e",
    selected="#26344f",
    selection="#2b3d5c",
    hairline="#2f343c",
    control="#262a31",
    control_edge="#444b56",
    text="#e2e5ea",
    muted="#a6afbb",
    faint="#949daa",
    disabled="#6b7480",
    accent="#8ab0ff",
    on_accent="#0f1524",
    error="#ff9a8f",
    error_surface="#3a2220",
    grades={
        Grade.IRRELEVANT: "#ff9a8f",
        Grade.WEAK: "#e6b955",
        Grade.STRONG: "#8ab0ff",
        Grade.EXACT: "#79d093",
    },
    syntax=Syntax(
        keyword="#caa4f2",
        string="#97cf93",
        number="#edb27d",
        comment="#a3acb8",
        function="#8dbaff",
        type="#6dccd2",
        decorator="#dcbc70",
        operator="#b4bcc8",
    ),
)
