"""A new corpus gets a name that is free."""

from __future__ import annotations

from gui.sources import free_name


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("repo", []) == "repo"
    assert free_name("repo", ["repo", "repo-2"]) == "repo-3"
