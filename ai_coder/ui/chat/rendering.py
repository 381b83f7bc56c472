"""What all messages of a transcript are drawn with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_coder.markdown.parser import MarkdownParser
    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.chat.image_block import ImageLoader
    from ai_coder.ui.chat.transcript_style import TranscriptStyle


@dataclass(slots=True)
class Rendering:
    """The parser, the look and the loaders; `style` is replaced when the theme changes."""

    parser: MarkdownParser
    style: TranscriptStyle
    lexers: CodeLexers
    images: ImageLoader
