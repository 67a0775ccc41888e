"""Which tree-sitter grammar reads a language, and what its definitions are called there."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tree_sitter import Language, Parser


@dataclass(frozen=True, slots=True)
class Grammar:
    """The node types of one grammar that matter for cutting a file into chunks.

    `wrappers` stand around one definition (decorators, `export`, templates) and belong to it.
    `scopes` hold definitions that are as good as top-level (namespaces, `#ifdef`).
    `leads` stand before a definition and belong to it (comments, attributes).
    `assigned` are statements that may give a name to a function expression.
    """

    package: str
    functions: frozenset[str]
    classes: frozenset[str]
    wrappers: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset({"comment"})
    assigned: frozenset[str] = frozenset()
    entry: str = "language"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PREPROCESSOR = "preproc_if preproc_ifdef preproc_elif preproc_else"

_JAVASCRIPT = Grammar(
    package="tree_sitter_javascript",
    functions=_words("function_declaration generator_function_declaration method_definition"),
    classes=_words("class_declaration"),
    wrappers=_words("export_statement"),
    assigned=_words("lexical_declaration variable_declaration expression_statement"),
)

_TYPESCRIPT_CLASSES = """
    class_declaration abstract_class_declaration interface_declaration enum_declaration
    type_alias_declaration
"""


def _typescript(entry: str) -> Grammar:
    return Grammar(
        package="tree_sitter_typescript",
        entry=entry,
        functions=_JAVASCRIPT.functions | {"function_signature"},
        classes=_words(_TYPESCRIPT_CLASSES),
        wrappers=_words("export_statement ambient_declaration"),
        scopes=_words("internal_module module"),
        assigned=_JAVASCRIPT.assigned,
    )


GRAMMARS: Mapping[str, Grammar] = {
    "Python": Grammar(
        package="tree_sitter_python",
        functions=_words("function_definition"),
        classes=_words("class_definition"),
        wrappers=_words("decorated_definition"),
    ),
    "JavaScript": _JAVASCRIPT,
    "TypeScript": _typescript("language_typescript"),
    "TSX": _typescript("language_tsx"),
    "Java": Grammar(
        package="tree_sitter_java",
        functions=_words(
            "method_declaration constructor_declaration compact_constructor_declaration"
        ),
        classes=_words(
            "class_declaration interface_declaration enum_declaration record_declaration "
            "annotation_type_declaration"
        ),
        leads=_words("line_comment block_comment"),
    ),
    "C": Grammar(
        package="tree_sitter_c",
        functions=_words("function_definition"),
        classes=_words("struct_specifier union_specifier enum_specifier type_definition"),
        scopes=_words(f"{_PREPROCESSOR} linkage_specification"),
    ),
    "C++": Grammar(
        package="tree_sitter_cpp",
        functions=_words("function_definition"),
        classes=_words(
            "class_specifier struct_specifier union_specifier enum_specifier type_definition "
            "concept_definition"
        ),
        wrappers=_words("template_declaration"),
        scopes=_words(f"{_PREPROCESSOR} linkage_specification namespace_definition"),
    ),
    "C#": Grammar(
        package="tree_sitter_c_sharp",
        functions=_words(
            "method_declaration constructor_declaration destructor_declaration "
            "operator_declaration local_function_statement"
        ),
        classes=_words(
            "class_declaration struct_declaration interface_declaration enum_declaration "
            "record_declaration"
        ),
        wrappers=_words("global_statement"),
        scopes=_words("namespace_declaration file_scoped_namespace_declaration"),
    ),
    "Go": Grammar(
        package="tree_sitter_go",
        functions=_words("function_declaration method_declaration"),
        classes=_words("type_declaration"),
    ),
    "Rust": Grammar(
        package="tree_sitter_rust",
        functions=_words("function_item function_signature_item macro_definition"),
        classes=_words("struct_item enum_item union_item trait_item impl_item"),
        scopes=_words("mod_item foreign_mod_item"),
        leads=_words("line_comment block_comment attribute_item"),
    ),
    "Ruby": Grammar(
        package="tree_sitter_ruby",
        functions=_words("method singleton_method"),
        classes=_words("class module singleton_class"),
    ),
    "PHP": Grammar(
        package="tree_sitter_php",
        entry="language_php",
        functions=_words("function_definition method_declaration"),
        classes=_words(
            "class_declaration trait_declaration interface_declaration enum_declaration"
        ),
        scopes=_words("namespace_definition"),
    ),
}
"""By the names that `engine.code.language` uses (and TSX, for files that end in it)."""


def grammar_for(language: str, path: str = "") -> Grammar | None:
    """The grammar for a language, None if there is none."""
    if language == "TypeScript" and path.endswith(".tsx"):
        language = "TSX"
    return GRAMMARS.get(language)


@cache
def parser_for(grammar: Grammar) -> Parser:
    """A parser, loaded on first use. Not to be shared between threads."""
    package = importlib.import_module(grammar.package)
    return Parser(Language(getattr(package, grammar.entry)()))
