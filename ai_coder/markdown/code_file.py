"""What a file with the code of a block is called."""

from __future__ import annotations

import re

from ai_coder.markdown.highlight import find_lexer

_ENDING = re.compile(r"\*(\.[\w-]+)")
_NAME = re.compile(r"[\w.-]+")


def code_file_name(language: str) -> str:
    """Return a name as files of *language* have it; blocks for some milliseconds."""
    lexer = find_lexer(language)
    patterns: list[str] = [] if lexer is None else lexer.filenames
    for pattern in patterns:
        is_usual = pattern is patterns[0] or pattern.casefold() == language.casefold()
        if is_usual and _NAME.fullmatch(pattern):
            return pattern
    endings = [ending[1] for pattern in patterns if (ending := _ENDING.fullmatch(pattern))]
    usual = endings[0] if endings else ".txt"
    own = [each for each in endings if each.casefold() == f".{language}".casefold()]
    return f"code{min([*own, usual], key=len)}"  # for R the usual one is that of S
