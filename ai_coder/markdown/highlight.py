"""Colours for code, one line at a time: what a line costs does not depend on those above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ai_coder.markdown.utf16 import utf16_length

if TYPE_CHECKING:
    from collections.abc import Iterator

Run: TypeAlias = tuple[int, int, str]
"""Start, length and role; positions count UTF-16 code units."""

State: TypeAlias = tuple[str, ...]
"""What the lexer remembers from one line to the next."""

Pygments: TypeAlias = Any
"""A lexer, token or rule of Pygments, which has no type information."""

START: State = ("root",)
LONGEST_LINE = 4000
"""Longer lines stay plain; they are data, and colouring them would hold the window."""

_EMPTY_MATCHES = 50
_COMMENTS = (("/*", "*/"), ("<!--", "-->"))
_INSIDE = "inside "
"""Marks a state in the middle of a comment that ends with the rest of its name."""

_ROLES = (
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Name.Builtin", "builtin"),
    ("Token.Name.Decorator", "keyword"),
    ("Token.Name.Function", "name"),
    ("Token.Name.Class", "name"),
    ("Token.Name.Tag", "name"),
    ("Token.Name.Attribute", "builtin"),
    ("Token.Name.Variable", "builtin"),
    ("Token.Operator", "operator"),
    ("Token.Generic.Deleted", "error"),
    ("Token.Generic.Inserted", "string"),
    ("Token.Generic.Heading", "keyword"),
    ("Token.Generic.Subheading", "keyword"),
)


class LineLexer:
    """Runs the rules of a Pygments lexer on single lines, keeping its stack of states.

    Lexers that do not work by such rules, for example YAML's, see each line on its own. Comments
    that run over lines are followed here, because most lexers want to see their end.
    """

    def __init__(self, lexer: Pygments) -> None:
        from pygments.lexer import ExtendedRegexLexer  # type: ignore[import-untyped]  # Pygments has no types

        self._lexer = lexer
        self._rules: dict[str, Any] | None = None
        if not isinstance(lexer, ExtendedRegexLexer):
            self._rules = getattr(lexer, "_tokens", None)
        self._roles: dict[Any, str] = {}
        self._comments = [marks for marks in _COMMENTS if self._knows_comment(*marks)]

    def lex(self, line: str, state: State) -> tuple[list[Run], State]:
        """Return the coloured runs of *line*, which ends without a line end, and the new state."""
        if len(line) > LONGEST_LINE:
            return [], state
        if state[-1].startswith(_INSIDE):
            runs, state = self._lex_comment(line, state)
        else:
            runs, state = self._lex_code(line, state)
        return (runs if line.isascii() else _in_utf16(line, runs)), state

    def _knows_comment(self, opening: str, closing: str) -> bool:
        runs, _state = self._lex_plain(f"{opening} x {closing}", START)
        return bool(runs) and all(role == "comment" for _start, _length, role in runs)

    def _lex_code(self, line: str, state: State) -> tuple[list[Run], State]:
        runs, after = self._lex_plain(line, state)
        for opening, closing in self._comments:
            start = line.find(opening)
            while start >= 0 and _is_covered(runs, start):
                if closing not in line[start:] and any(
                    first == start and first + length >= len(line) for first, length, _role in runs
                ):
                    break  # some lexers take an open comment to the end of the text
                start = line.find(opening, start + 1)
            if start >= 0:
                runs, before = self._lex_plain(line[:start], state)
                runs.append((start, len(line) - start, "comment"))
                return runs, (*before, _INSIDE + closing)
        return runs, after

    def _lex_comment(self, line: str, state: State) -> tuple[list[Run], State]:
        end = line.find(state[-1].removeprefix(_INSIDE))
        if end < 0:
            return ([(0, len(line), "comment")] if line else []), state
        end += len(state[-1].removeprefix(_INSIDE))
        runs, after = self._lex_code(line[end:], state[:-1])
        shifted = [(start + end, length, role) for start, length, role in runs]
        return [(0, end, "comment"), *shifted], after

    def _lex_plain(self, line: str, state: State) -> tuple[list[Run], State]:
        line += "\n"
        if self._rules is None:
            found = list(self._lexer.get_tokens_unprocessed(line))
        else:
            stack = list(state)
            found = list(_tokens(self._lexer, self._rules, line, stack))
            state = tuple(stack) if tuple(stack) != state else state
        runs = [
            (start, len(text), role)
            for start, token, text in found
            if (role := self._role(token)) and not text.isspace()
        ]
        return runs, state

    def _role(self, token: Pygments) -> str:
        role = self._roles.get(token)
        if role is None:
            name = str(token)
            role = next((role for prefix, role in _ROLES if name.startswith(prefix)), "")
            self._roles[token] = role
        return role


def load_lexer(language: str) -> LineLexer | None:
    """Return the lexer of *language*, or none if it is unknown; blocks for some milliseconds.

    A first line is lexed here as well, because that compiles the rules.
    """
    found = find_lexer(language, stripnl=False, ensurenl=False)
    if found is None:
        return None
    lexer = LineLexer(found)
    lexer.lex("x", START)
    return lexer


def find_lexer(language: str, **options: bool) -> Pygments | None:
    """Return what Pygments has for *language*, if anything; blocks for some milliseconds."""
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # Pygments has no types
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]  # Pygments has no types

    try:
        return get_lexer_by_name(language, **options)
    except ClassNotFound:
        return None


def _is_covered(runs: list[Run], position: int) -> bool:
    """Whether a string or comment that was recognised covers *position*."""
    return any(
        start <= position < start + length and role in ("string", "comment")
        for start, length, role in runs
    )


def _tokens(
    lexer: Pygments, rules_of: dict[str, Any], line: str, stack: list[str]
) -> Iterator[tuple[int, Any, str]]:
    """Yield tokens as `RegexLexer.get_tokens_unprocessed` does; *stack* is changed in place."""
    from pygments.token import Error, _TokenType  # type: ignore[import-untyped]  # Pygments has no types

    position = stuck = 0
    rules = rules_of[stack[-1]]
    while position < len(line):
        for match_rule, action, new_state in rules:
            match = match_rule(line, position)
            if not match:
                continue
            if action is not None:
                if type(action) is _TokenType:
                    yield position, action, match.group()
                else:
                    yield from action(lexer, match)
            end = match.end()
            if new_state is not None:
                _change_state(stack, new_state)
                rules = rules_of[stack[-1]]
            if end == position:
                stuck += 1
                end += stuck > _EMPTY_MATCHES
            else:
                stuck = 0
            position = end
            break
        else:
            if line[position] == "\n":
                stack[:] = START
                rules = rules_of["root"]
            else:
                yield position, Error, line[position]
            position += 1


def _change_state(stack: list[str], new_state: Pygments) -> None:
    if isinstance(new_state, tuple):
        for state in new_state:
            if state == "#pop":
                if len(stack) > 1:
                    stack.pop()
            elif state == "#push":
                stack.append(stack[-1])
            else:
                stack.append(state)
    elif isinstance(new_state, int):
        if abs(new_state) >= len(stack):
            del stack[1:]
        else:
            del stack[new_state:]
    elif new_state == "#push":
        stack.append(stack[-1])


def _in_utf16(line: str, runs: list[Run]) -> list[Run]:
    return [
        (utf16_length(line[:start]), utf16_length(line[start : start + length]), role)
        for start, length, role in runs
    ]
