"""Import statements of many languages, found without a parser so that fragments work too."""

from __future__ import annotations

import re
from typing import Final

# Every repeat is possessive, bounded or followed by a character it cannot match, so that a long
# line costs no more than its length. The pattern begins with a newline because the regex engine
# then skips from line to line instead of trying every character.
_IMPORT: Final = re.compile(
    r"""
    \n[ \t]*+(?:>>>[ ]|\.\.\.[ ])?+
    (?:
        import[ \t]++[\w.]++(?:[ \t]++as[ \t]++\w++)?+                    # Python, Haskell, Kotlin
            (?:[ \t]*,[ \t]*+[\w.]++(?:[ \t]++as[ \t]++\w++)?+)*+
      | from[ \t]++[.\w]++[ \t]++import[ \t]*+
            (?:\([^()]*+\)|(?:[^\n(\\;]|\\\n)++)                           # Python
      | import[ \t]++(?:static[ \t]++)?+[\w.]++(?:\*|\{[^{}\n]*+\})?+      # Java, Scala
      | import[ \t]++(?:type[ \t]++)?+[\w*$, \t]{0,200}?                    # JavaScript
            (?:\{[^{}()"';]{0,2000}+\}[\w*$, \t]{0,200}?)?\bfrom[ \t]*+["'][^"'\n]++["']
      | import[ \t]++["'][^"'\n]++["']                                     # JavaScript, Go
      | import[ \t]*+\((?:\s*+(?:[\w.]++[ \t]++)?+"[^"\n]++")++\s*+\)      # Go
      | (?:const|let|var)[ \t]++[\w{}$,: \t]{1,500}=[ \t]*+require\([^()\n]*+\)[\w.]*+
      | \#[ \t]*+include[ \t]*+[<"][^>"\n]++[>"]                           # C, C++
      | (?:global[ \t]++)?+using[ \t]++(?:static[ \t]++|namespace[ \t]++)?+[\w.:]++
            (?:[ \t]*+=[ \t]*+[\w.:<>,]++)?+[ \t]*+(?=;)                   # C#, C++
      | (?:pub[ \t]++)?+(?:use|extern[ \t]++crate)[ \t]++[\w\\:]++
            (?:\{[^;"']{0,2000}\}|\*)?+(?:[ \t]++as[ \t]++\w++)?+[ \t]*+(?=;)   # Rust, PHP
      | package[ \t]++[\w.]++                                              # Java, Go
      | namespace[ \t]++[\w.\\]++[ \t]*+(?=;)                              # PHP, C#
      | require(?:_relative|_once)?+[ \t(]++["'][^"'\n]++["']\)?+          # Ruby, PHP
      | <\?php
      | %(?:matplotlib|load_ext|reload_ext|autoreload|config|pylab|pip|conda)\b[^\n]*+
      | !(?:pip|conda|apt|apt-get|wget|curl)\b[^\n]*+
    )
    [ \t]*+;?+[ \t]*+(?:(?:\#|//)[^\n]*+)?+(?=\n|\Z)
    """,
    re.VERBOSE,
)


def drop_imports(text: str) -> str:
    """The text without the lines that import something; empty if there is nothing else."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _IMPORT.sub("", "\n" + text).strip("\n")
