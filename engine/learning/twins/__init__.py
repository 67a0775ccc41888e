"""The same routine in several frameworks: who keeps counterparts where, and how they meet.

Libraries that support several backends write one function several times under the same name;
others port a library's models file by file. `rules` says which framework a file belongs to and
which module it is a counterpart of, `names` takes the framework's habits off a name, `align`
brings the counterparts together, `api` does so by published tables of API names, and `marks`
says which counterparts are copies or say nothing.
"""

from engine.learning.twins.align import TASK, twin_groups
from engine.learning.twins.api import api_groups, read_api_names
from engine.learning.twins.marks import mark
from engine.learning.twins.names import normalised_name
from engine.learning.twins.rules import RULES, Place, Rule, place

__all__ = [
    "RULES",
    "TASK",
    "Place",
    "Rule",
    "api_groups",
    "mark",
    "normalised_name",
    "place",
    "read_api_names",
    "twin_groups",
]
