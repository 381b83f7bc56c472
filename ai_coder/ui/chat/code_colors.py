"""The colours of a growing block of code: each line is lexed once, in portions if it is long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ai_coder.markdown.highlight import START, Run, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.chat.code_lexers import CodeLexers

_LEXING_SECONDS = 0.003
"""A frame spends no more on lexing the lines above those it shows."""


class CodeColors:
    """Remembers the state of the lexer at the beginning of each line."""

    def __init__(self, language: str, lexers: CodeLexers) -> None:
        self.is_catching_up = False
        self._language = language
        self._lexers = lexers
        self._states: list[State] = [START]
        self._has_given_up = False

    def begin_frame(self) -> None:
        """Allow lexing again."""
        self._has_given_up = False

    def forget_from(self, line: int) -> None:
        """Lex *line* and those below again, because they changed."""
        del self._states[line + 1 :]

    def runs(self, lines: Sequence[str], index: int) -> list[Run] | None:
        """Return the colours of a line, none while the lines above it are not lexed yet."""
        lexer = self._lexers.lexer(self._language)
        if lexer is None:
            return []
        if self._has_given_up:
            return None
        deadline = time.perf_counter() + _LEXING_SECONDS
        while len(self._states) <= index:
            if time.perf_counter() > deadline:
                self.is_catching_up = self._has_given_up = True
                self._lexers.call_again()
                return None
            known = len(self._states) - 1
            self._states.append(lexer.lex(lines[known], self._states[known])[1])
        self.is_catching_up = False
        runs, state = lexer.lex(lines[index], self._states[index])
        if len(self._states) == index + 1:
            self._states.append(state)
        return runs
