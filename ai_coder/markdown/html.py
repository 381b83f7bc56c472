"""Markdown as HTML that runs nothing and loads nothing, in the dialect of the window."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

from ai_coder.markdown.inline import BREAK_TAG
from ai_coder.markdown.parser import MarkdownParser
from ai_coder.markdown.pieces import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict


class HtmlWriter:
    """Writes text of models and people; what is HTML in it stays the text it is.

    *picture* returns the data: URL under which a picture may be shown, or nothing.
    """

    def __init__(self, picture: Callable[[str], str]) -> None:
        self._parser = MarkdownParser()
        self._renderer = _Renderer()
        self._renderer.picture = picture
        self._options = MarkdownIt("commonmark").options

    def html(self, source: str, *, keep_breaks: bool = False) -> str:
        """Return *source* as HTML; *keep_breaks* shows its line ends, as those of a prompt."""
        self._options["breaks"] = keep_breaks
        environment: dict[str, Any] = {}
        tokens = self._parser.tokens(source, environment)
        _mark_tasks(tokens)
        return str(self._renderer.render(tokens, self._options, environment))


class _Renderer(RendererHTML):
    """Calls the method that is named like the type of each token."""

    picture: Callable[[str], str]

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Show a picture that came with the text, and the name of any other."""
        del options, env
        name = escape(tokens[idx].content)
        url = self.picture(str(tokens[idx].attrGet("src") or ""))
        return f'<img alt="{name}" src="{escape(url)}">' if url else name

    def math_inline(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Write a formula as it is."""
        del options, env
        return escape(tokens[idx].content)

    def math_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Write a displayed formula line by line."""
        del options, env
        return _lines(tokens[idx].content)

    def html_inline(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Show HTML as text; only a line break is one."""
        del options, env
        content = tokens[idx].content
        return "<br>" if BREAK_TAG.fullmatch(content) else escape(content)

    def html_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Show HTML as text."""
        del options, env
        return _lines(tokens[idx].content.rstrip("\n"))


def _lines(text: str) -> str:
    return "<p>{}</p>\n".format("<br>\n".join(map(escape, text.split("\n"))))


def _mark_tasks(tokens: Sequence[Token]) -> None:
    """Put boxes in front of the tasks of a list."""
    for item, paragraph, text in zip(tokens, tokens[1:], tokens[2:], strict=False):
        is_first = item.type == "list_item_open" and paragraph.type == "paragraph_open"
        children = text.children or []
        if not is_first or not children or children[0].type != "text":
            continue
        box = TASKS.get(children[0].content[:4])
        if box is not None:
            children[0].content = f"{box} {children[0].content[4:]}"
            item.attrSet("class", "task")
