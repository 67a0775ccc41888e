from __future__ import annotations

from collections import Counter
from itertools import chain

from engine.code.api_names import ApiNames, read_groups
from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES

GROUPS = read_groups(RESOURCES / "api_maps.json")
FIRST = ("torch", "tf", "keras", "mx", "paddle", "jax", "mindspore", "numpy")


def test_the_table_is_large_and_covers_every_framework() -> None:
    assert len(GROUPS) >= 250
    heads = Counter(api.split(".")[0] for group in GROUPS for api in group.apis)
    assert all(heads[head] >= 80 for head in FIRST), heads


def test_names_of_groups_are_unique_and_plain() -> None:
    names = [group.name for group in GROUPS]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() for name in names)


def test_no_name_belongs_to_two_groups() -> None:
    for listed in ([g.methods for g in GROUPS], [g.words for g in GROUPS]):
        counts = Counter(chain.from_iterable(listed))
        assert [name for name, count in counts.items() if count > 1] == []
    tails: dict[str, set[str]] = {}
    for group in GROUPS:
        for api in group.apis:
            tails.setdefault(strip_prefix(api), set()).add(group.name)
        for word in group.words:
            tails.setdefault(word, set()).add(group.name)
    assert {tail: names for tail, names in tails.items() if len(names) > 1} == {}


def test_lookup_asks_for_as_much_context_as_a_name_needs() -> None:
    names = ApiNames.load(RESOURCES / "api_maps.json")
    assert names.neutral(["cat"], qualified=True, method=False) == "concatenate"
    assert names.neutral(["cat"], qualified=False, method=False) == ""
    assert names.neutral(["x", "view"], qualified=False, method=True) == "reshape"
    assert names.neutral(["view"], qualified=False, method=False) == ""
    assert names.neutral(["LSTM"], qualified=False, method=False) == "lstm"
    assert names.neutral(["random", "normal"], qualified=True, method=False) == "random_normal"
