"""What is typical of each programming language, as weighted patterns.

A pattern counts once however often it occurs. Weights: 4 settles it, 3 is hard to mistake, 2 is
typical, 1 is shared with a neighbour. Repeats are bounded by the line, so that a pattern is linear
in the length of the text for all but pathological lines, which are cut off before.
"""

from __future__ import annotations

from typing import Final

_TYPED = r"\b(?:int|long|double|float|char)[ \t]+\w+[ \t]*(?:=[^=\n]*)?;"
_SHELL_COMMANDS = "sudo|apt-get|grep|sed|awk|chmod|mkdir|export|curl|find|ls|cd|git|pip|tar|ssh"

PATTERNS: Final[dict[str, list[tuple[int, str]]]] = {
    "Python": [
        (3, r"^[ \t]*(?:async[ \t]+)?def[ \t]+\w+[ \t]*\([^\n]*(?:,[ \t]*$|\([ \t]*$|:)"),
        (3, r"^[ \t]*(?:if|elif|for|while|except|with)\b[^\n{;]*:[ \t]*(?:#.*)?$"),
        (3, r"^[ \t]*(?:else|try|finally):[ \t]*(?:#.*)?$"),
        (3, r"^[ \t]*from[ \t]+[\w.]+[ \t]+import\b"),
        (2, r"^[ \t]*class[ \t]+\w+(?:\([^\n)]*\))?:"),
        (2, r"^[ \t]*import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*$"),
        (2, r"\bself\.\w|\b__\w+__\b|\bNone\b|\bTrue\b|\bFalse\b|\belif\b|\blambda\b[^\n]*:"),
        (2, r"^[ \t]*@\w[\w.]*[^\n]*\n[ \t]*(?:def|class|async)\b|\"\"\"|^>>> "),
        (1, r"\bfor \w[^\[\]\n]* in [^\[\]\n]+\]|\bnot in\b|\bis None\b|\bprint\s*\(|\blen\(\w"),
    ],
    "JavaScript": [
        (4, r"\bdocument\.\w+\(|\bmodule\.exports\b|\bconsole\.(?:log|error|warn)\("),
        (3, r"\bfunction\b[ \t]*\*?\w*[ \t]*\([^\n)$]*\)[ \t]*\{|=>[ \t]*[{(\w\[]"),
        (2, r"\b(?:const|let|var)[ \t]+[\w{\[$][^\n]*="),
        (2, r"===|!==|\brequire\(['\"]|\bundefined\b|\bdocument\."),
        (2, r"^[ \t]*import\b[^\n]*\bfrom[ \t]*['\"]|^export\b"),
        (1, r"\btypeof\b|\basync function\b|\bawait\b|\.then\(|\bMath\.floor\(|\.length\b"),
    ],
    "TypeScript": [
        (4, r"^[ \t]*(?:export[ \t]+)?(?:interface|type)[ \t]+\w+(?:<[^\n>]*>)?[ \t]*(?:=|\{)"),
        (3, r"[(,][ \t]*\w+\??:[ \t]*(?:string|number|boolean|any|void|unknown|Promise<)\b"),
        (3, r"\)[ \t]*:[ \t]*(?:string|number|boolean|any|void|Promise<)"),
        (2, r"\b(?:const|let)[ \t]+\w+:[ \t]*\w[^\n]*[^=!<>]=[^=]|\bas (?:const|string|unknown)\b"),
        (1, r"\b(?:const|let)[ \t]+\w[^\n]*=[^\n]*;?$|=>|\breadonly\b"),
    ],
    "Java": [
        (3, r"\bSystem\.out\.|\bpublic[ \t]+(?:final[ \t]+)?class\b|^[ \t]*import[ \t]+javax?\."),
        (3, r"^[ \t]*package[ \t]+[\w.]+;|^[ \t]*import[ \t]+[\w.]+\*?;|@Override\b"),
        (2, r"\b(?:public|private|protected)[ \t]+(?:static[ \t]+|final[ \t]+)*[\w<>\[\], ]+\("),
        (2, r"\b(?:final|String|boolean|Integer)(?:\[\])?[ \t]+\w+[ \t]*[=;:,)]|\bthrows[ \t]+\w"),
        (2, r"\.(?:length|charAt|equals|substring|isEmpty|size|add|get)\(|\bnew[ \t]+\w+<>\("),
        (1, r"\bstatic[ \t]+\w+(?:\[\])*[ \t]+[a-z]\w*[ \t]*\("),
        (1, _TYPED),
    ],
    "C#": [
        (3, r"^[ \t]*using[ \t]+[\w.]+;|\bnamespace[ \t]+[\w.]+[ \t]*[;{\n]|\bConsole\.Write"),
        (3, r"\{[ \t]*get[;{]|\bget\{|\bforeach[ \t]*\(\w+[ \t]+\w+[ \t]+in\b|\basync[ \t]+Task\b"),
        (
            3,
            r"\b(?:virtual|override|internal|sealed)[ \t]+[\w<>\[\]. ]+\(|\bget\{|\bout[ \t]+var\b",
        ),
        (3, r"\b(?:public|private|protected)[ \t]+(?:static[ \t]+)?[\w<>\[\].?]+[ \t]+[A-Z]\w*\("),
        (2, r"\bstring(?:\[\])?[ \t]+\w+|\bbool[ \t]+\w+[ \t]*[=;,)]|\bnull\b[^\n]*\?\?"),
        (2, r"\bvar[ \t]+\w+[ \t]*=[ \t]*new\b|\.(?:Add|Length|Count)\b"),
        (5, r"\.(?:Select|Where|ToList|FirstOrDefault|OrderBy|Any)\("),
        (1, _TYPED),
    ],
    "C++": [
        (4, r"\bstd::|\bcout[ \t]*<<|\bcin[ \t]*>>|\busing namespace\b|\btemplate[ \t]*<"),
        (3, r"#include[ \t]*<(?:iostream|vector|string|map|algorithm|memory|cmath|bits/)"),
        (3, r"\bvector[ \t]*<|\.(?:push_back|emplace_back|c_str)\(|\bnullptr\b|\bconstexpr\b"),
        (2, r"\b[A-Za-z]\w*::~?\w+\(|\bauto[ \t]*&{0,2}[ \t]*\w+[ \t]*[=:]|^[ \t]*string[ \t]+\w"),
        (2, r"\.size\(\)|\.(?:begin|end|substr|find)\(|\bunordered_map\b|\bmap<|\bset<"),
        (1, r"->\w+\(|\bclass[ \t]+\w+[^\n;]*\{|\bconst[ \t]+\w+[ \t]*&|\bbool[ \t]+\w+"),
        (1, _TYPED),
    ],
    "C": [
        (3, r"#include[ \t]*[<\"]\w+(?:/\w+)*\.h[>\"]|\bmalloc[ \t]*\(|\bsizeof[ \t]*\("),
        (2, r"\bprintf[ \t]*\(|\bstruct[ \t]+\w+[ \t]*[{*]|\btypedef\b"),
        (2, r"^[ \t]*#[ \t]*(?:define|ifdef|ifndef|endif|if)\b|\bNULL\b"),
        (
            2,
            r"^[ \t]*(?:static[ \t]+|const[ \t]+|unsigned[ \t]+|struct[ \t]+)*"
            r"(?:int|void|char|float|double|size_t|long)[ \t]+\*?\w+[ \t]*\([^\n;]*\)?[ \t]*\{?$",
        ),
        (2, r"\b(?:int|char|float|double|void)[ \t]*\*[ \t]*\w+|->\w+"),
        (1, _TYPED),
    ],
    "Go": [
        (4, r"^[ \t]*func[ \t]+(?:\([^\n)]*\)[ \t]*)?\w*[ \t]*(?:\[[^\n\]]*\])?\([^\n]*\{[ \t]*$"),
        (4, r"^[ \t]*func[ \t]+\(\w+[ \t]+\*?\w+\)[ \t]*\w+\("),
        (4, r"^package[ \t]+\w+[ \t]*$|\bfmt\.\w+\(|\bif err != nil\b|\bdefer[ \t]+\w"),
        (3, r"\w[ \t]*:=[ \t]*(?:range\b|\S)|\bgo func\b|\bmake\((?:\[\]|map|chan)"),
        (2, r"\bchan\b|^[ \t]*type[ \t]+\w+[ \t]+(?:struct|interface)\b|\[\](?:int|string|byte)\b"),
        (2, r"^[ \t]*(?:if|for)[ \t]+[^\n(][^\n:]*\{[ \t]*$"),
    ],
    "Rust": [
        (4, r"\bfn[ \t]+\w+(?:<[^\n>]*>)?[ \t]*\(|\blet[ \t]+mut\b|\bimpl\b[^\n]*\{"),
        (3, r"\b(?:println|vec|format|panic|assert_eq|assert)!|&mut\b|&str\b|#\[\w+"),
        (3, r"\blet[ \t]+\w+[ \t]*:[ \t]*(?:&|Vec<|[iu]\d+|[iu]size|String|Option<|HashMap<)"),
        (2, r"\bmatch[ \t]+[^\n{]+\{|\bpub[ \t]+(?:fn|struct|enum|mod)\b"),
        (4, r"\b(?:Some|Ok|Err)\(\w+\)[ \t]*=>"),
        (5, r"^[ \t]*use[ \t]+\w+::[\w:{]"),
        (2, r"\.unwrap\(\)|\.iter\(\)|\.to_string\(\)|\b(?:Vec|String|HashMap)::\w+|\.len\(\)"),
        (1, r"\b[iu](?:8|16|32|64|size)\b|\bOption<|\bResult<|->[ \t]*\w|^[ \t]*if [^\n(]*\{"),
    ],
    "Ruby": [
        (3, r"^[ \t]*def[ \t]+(?:self\.)?\w+[?!=]?(?:[ \t]*\([^\n)]*\))?[ \t]*$"),
        (3, r"\bdo[ \t]*\|[^\n|]*\||\{[ \t]*\|[^\n|]+\|"),
        (3, r"^[ \t]*require(?:_relative)?[ \t]+['\"]|\battr_(?:accessor|reader)\b"),
        (2, r"^[ \t]*end[ \t]*$|\.(?:each|map|nil\?|empty\?)\b[ \t]*(?:do|\{|$)|^[ \t]*puts[ \t]"),
        (1, r"\belsif\b|\bunless\b|(?<![\w:]):\w+[ \t]*=>|@\w+[ \t]*(?:\|\|)?="),
    ],
    "PHP": [
        (5, r"<\?php|<\?="),
        (4, r"\$\w+->\w+|\bfunction[ \t]+\w*[ \t]*\([^\n)]*\$\w+|\becho[ \t]+[$'\"]|\$this\b"),
        (3, r"^[ \t]*\$\w+[ \t]*(?:\[[^\n\]]*\])?[ \t]*=[^\n]*;|\bforeach[ \t]*\([^\n)]*\bas\b"),
        (1, r"\b(?:array|isset|strlen|count|str_replace|preg_match)\([^\n]*\$\w"),
    ],
    "Kotlin": [
        (4, r"\bfun[ \t]+(?:<[^\n>]*>[ \t]*)?[\w.]+[ \t]*\("),
        (2, r"\bval[ \t]+\w+[ \t]*[:=]|\bwhen[ \t]*\([^\n]*\{|\bdata class\b"),
        (1, r"\?:[ \t]|\bprintln\(|\?\."),
    ],
    "Scala": [
        (3, r"\bdef[ \t]+\w+[^\n]*=[ \t]*\{?[ \t]*$|\bobject[ \t]+\w+[^\n]*\{|\bcase class\b"),
        (1, r"\bval[ \t]+\w+[ \t]*[:=]|\b_\.\w+|\bcase[ \t]+[^\n]+=>"),
    ],
    "Swift": [
        (4, r"\bfunc[ \t]+\w+(?:<[^\n>]*>)?\([^\n]*\)[ \t]*(?:throws[ \t]*)?->[ \t]*[\w\[]"),
        (4, r"\bguard[ \t]+let\b"),
        (2, r"\bif let\b|\blet[ \t]+\w+:[ \t]*[A-Z]"),
        (2, r"^import (?:UIKit|Foundation|SwiftUI)"),
    ],
    "R": [
        (3, r"\b\w[\w.]*[ \t]*<-[ \t]*(?:function[ \t]*\(|c\(|\w+\()|%>%|^[ \t]*library\(\w+\)"),
        (1, r"\b\w[\w.]*[ \t]*<-[ \t]*\S"),
    ],
    "Julia": [
        (3, r"^[ \t]*function[ \t]+\w+!?\([^\n]*\)[ \t]*$|^using[ \t]+[A-Z]\w+[ \t]*$"),
        (1, r"^[ \t]*end[ \t]*$|\.\+|\.\*[ \t\w]|::(?:Int|Float64|Vector|String)"),
    ],
    "Shell": [
        (4, r"\A#![^\n]*\b(?:ba|z|da)?sh\b"),
        (3, r"^[ \t]*(?:fi|done|esac)[ \t]*$|\bif \[\[? |;[ \t]*then\b|;[ \t]*do\b"),
        (2, r"^[ \t]*(?:\$ )?(?:" + _SHELL_COMMANDS + r")[ \t]+[-\w./~\"'$]"),
        (1, r"\$\{?\w+\}?[ \t]*\||^[ \t]*echo[ \t]"),
    ],
    "SQL": [
        (
            4,
            r"(?i)^[ \t(]*(?:select\b[^\n]+\bfrom\b|insert[ \t]+into\b|update[ \t]+\w+[ \t]+set\b"
            r"|create[ \t]+(?:table|view|index)\b|delete[ \t]+from\b|alter[ \t]+table\b)",
        ),
        (3, r"^[ \t]*SELECT\b"),
        (2, r"(?i)\b(?:left|inner|right|outer)[ \t]+join\b|\bgroup[ \t]+by\b|\border[ \t]+by\b"),
    ],
    "HTML": [
        (4, r"(?i)<!doctype html|^[ \t]*<(?:html|div|span|body|head|table|script|p|a)\b[^<>\n]*>")
    ],
}
"""Language → (weight, pattern) pairs."""
