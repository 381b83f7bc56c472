import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import QCoreApplication, QEvent, QObject, QRect
from PyQt6.QtGui import QImage, QRegion

from ai_coder.ui.chat.code_block import CodeItem
from ai_coder.ui.chat.code_lexers import CodeLexers
from ai_coder.ui.chat.frame_scheduler import FrameScheduler
from ai_coder.ui.chat.table_block import TableItem
from ai_coder.ui.chat.text_block import TextItem
from ai_coder.ui.chat.transcript import Transcript
from tests.ui.chat.transcript_texts import ANSWER, answer, chat, prompt

NASTY = (
    "<think>hm\nhm</think>\n\n"
    + ANSWER
    + "\n- a\n\n  b\n- c\n  ```py\n  x\n  ```\n\n    code\n\n    more\n"
)

LINKED = (
    "See [the guide][g], [g] and https://example.org/a_b.\n\n"
    "| tool | where |\n|---|---|\n"
    "| ruff | [docs](https://example.org/ruff/configuration/#full-command-line) |\n"
    "| mypy | **[g]** |\n"
    "- an item that is much longer than any cell of the table above it\n\n"
    "> [g]\n\n[g]: https://example.org/guide/start.html\n[g]: /other\n\n"
    "And [g] again, [h]:\n\n[h]:/a >\n\n1. [h]\n\n   [h]: <https://example.org/h>\n2. [h]\n"
)

LONG = (
    "1. top\n"
    + "".join(f"   - nested **item** {number}\n" for number in range(60))
    + "\n     | a | b |\n     |---|---|\n     | 1 | [x](/y) |\n\n   text\nlazy\n\n1. two\n\n"
    + "> quoted\n>\n" * 40
    + "> 1. [ ] a\n> 2. b\n>\n>    ```py\n>    x\n>    ```\nlazy\n\nend\n"
)

LOOSE = "1. one\n1. two\n\n1. three\n   - a\n\n   - b\n\nSome **bold `code`** words " * 4


@pytest.fixture
def size():
    return 700, 1600


def shown(transcript):
    """Everything that is laid out: places, texts with their styles and links, and markers."""
    transcript.viewport().repaint()
    view = transcript._layout.view(len(transcript._layout.messages) - 1)
    return [
        (
            index,
            type(item).__name__,
            item.text,
            (view.block_top(index) + item.y, item.x, item.width, item.height),
            block.marker(number),
            look(item),
        )
        for index, block in enumerate(view.blocks)
        for number, item in enumerate(block.items)
    ]


def look(item):
    """What an item shows besides its characters."""
    match item:
        case TextItem():
            return item.content
        case TableItem():
            cells = [cell.content for row in item._cells for cell in row]
            return cells, item._columns, item._tops
        case CodeItem():
            return item.language
        case _:
            return None


def stream(transcript, text, sizes):
    transcript.set_messages([prompt(1)])
    transcript.begin_stream(answer(2, ""))
    position = 0
    for size in sizes:
        transcript.add_text(text[position : position + size])
        transcript.render_frame()
        transcript.viewport().repaint()
        position += size
    transcript.add_text(text[position:])
    transcript.end_stream(answer(2, text))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    text=st.sampled_from([NASTY, LOOSE, LINKED, LONG]),
    sizes=st.lists(st.integers(1, 60), max_size=60),
)
@example(LINKED, [4] * (len(LINKED) // 4))
@example(LONG, [9] * (len(LONG) // 9))
def test_streaming_in_any_portions_looks_like_the_whole_text(transcript, text, sizes):
    stream(transcript, text, sizes)
    streamed, picture = shown(transcript), transcript.viewport().grab().toImage()

    transcript.set_messages([prompt(1), answer(2, text)])

    assert shown(transcript) == streamed
    assert transcript.viewport().grab().toImage() == picture


class Painted(QObject):
    """Notes which parts of the transcript are painted."""

    def __init__(self, canvas):
        super().__init__()
        self.region = QRegion()
        self._canvas = canvas
        canvas.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.region |= event.region()
        return False

    def picture(self):
        """What painting everything would give, without noting it."""
        self._canvas.removeEventFilter(self)
        image = self._canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        self._canvas.installEventFilter(self)
        return image


def top_of_last(transcript):
    last = len(transcript._layout.messages) - 1
    return round(transcript._origin().y()) + transcript._layout.top(last)


def row(image, y):
    return bytes(image.constScanLine(y).asarray(image.width() * 4))


def look_alike(one, other):
    """Whether two rows differ no more than a curve does that is cut off at an edge."""
    return one == other or all(abs(a - b) < 8 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("step", [7, 31])
@pytest.mark.parametrize("text", [NASTY, LOOSE])
def test_what_is_not_painted_again_looks_the_same(transcript, text, step, qtbot):
    lexers = transcript._rendering.lexers
    qtbot.waitUntil(lambda: None not in (lexers.lexer("python"), lexers.lexer("py")))
    transcript.resize(700, 400)
    transcript.set_messages(chat(6))
    transcript.begin_stream(answer(100, ""))
    painted = Painted(transcript.viewport())
    QCoreApplication.processEvents()
    for start in range(0, len(text), step):
        before, place = painted.picture(), top_of_last(transcript)
        painted.region = QRegion()
        transcript.add_text(text[start : start + step])
        transcript.render_frame()
        QCoreApplication.processEvents()
        after, moved = painted.picture(), place - top_of_last(transcript)
        for y in range(after.height()):
            if not painted.region.intersects(QRect(0, y, after.width(), 1)):
                assert look_alike(row(after, y), row(before, y + moved)), (start, y)


def test_finished_blocks_are_laid_out_once(transcript):
    transcript.set_messages([prompt(1)])
    transcript.begin_stream(answer(2, ""))
    transcript.add_text("First paragraph.\n\n```\ncode\n```\n\nSecond")
    transcript.render_frame()
    transcript.viewport().repaint()
    items = [block.items[0] for block in transcript._layout.view(1).blocks]

    transcript.add_text(" paragraph goes on.\n\nThird")
    transcript.render_frame()
    transcript.viewport().repaint()

    after = [block.items[0] for block in transcript._layout.view(1).blocks]
    assert after[:3] == items
    assert after[2].text == "Second paragraph goes on."


def test_frames_come_by_themselves(transcript, qtbot):
    transcript.set_messages([prompt(1)])
    transcript.begin_stream(answer(2, ""))

    transcript.add_text("Hello")
    transcript.add_text(" there")

    qtbot.waitUntil(lambda: [i[2] for i in shown(transcript)] == ["Hello there"])


def test_reasoning_streams_into_its_chip(transcript, qtbot):
    transcript.begin_stream(answer(2, ""))
    transcript.add_reasoning("I wonder")
    transcript.render_frame()
    transcript.viewport().repaint()
    view = transcript._layout.view(0)

    assert "Thinking" in view.frame.reasoning_chip().label
    assert view.reasoning == "I wonder"

    transcript.add_text("So.")
    transcript.end_stream(answer(2, "So.", reasoning="I wonder", reasoning_seconds=75))

    assert view.frame.reasoning_chip().label.endswith("Thought for 1 min 15 s")


def test_late_definition_reaches_links_above(transcript):
    text = "See [it].\n\n[it]: https://example.org\n\nend"
    transcript.begin_stream(answer(2, ""))

    transcript.add_text(text[:9])
    transcript.render_frame()
    transcript.viewport().repaint()
    transcript.add_text(text[9:])
    transcript.end_stream(answer(2, text))

    content = transcript._layout.view(0).blocks[0].items[0].content
    assert content.text == "See it."
    assert content.spans[0].href == "https://example.org"


def test_a_definition_that_is_half_written_gives_no_address(transcript):
    text = "See [it].\n\n[it]: https://example.org/guide\n\nend"

    stream(transcript, text, [1] * len(text))

    assert list(transcript._layout.view(1).links()) == ["https://example.org/guide"]


def test_a_column_forgets_the_source_it_was_while_a_cell_was_half_written(transcript):
    text = "| a | b |\n|---|---|\n| 1 | [x](https://example.org/a/long/address) |\n"

    stream(transcript, text, [5] * (len(text) // 5))

    shown(transcript)
    (table,) = transcript._layout.view(1).blocks[0].items
    assert table._columns[1] == table._columns[0]


def test_another_final_text_replaces_what_was_streamed(transcript):
    transcript.begin_stream(answer(2, ""))
    transcript.add_text("draft")

    transcript.end_stream(answer(2, "final"))

    assert [item[2] for item in shown(transcript)] == ["final"]


def test_stopping_without_text_leaves_an_empty_answer(transcript):
    transcript.begin_stream(answer(2, ""))

    transcript.end_stream(answer(2, "", notes=("Stopped.",)))

    assert shown(transcript) == []


def test_changing_the_chat_drops_the_running_stream(transcript):
    transcript.begin_stream(answer(2, ""))
    transcript.add_text("gone")

    transcript.set_messages(chat(2))
    transcript.add_text("late")
    transcript.end_stream(answer(2, "gone"))

    assert len(transcript._layout.messages) == 2


def test_panes_share_one_clock(theme, qtbot):
    frames = FrameScheduler()
    panes = [Transcript(theme, frames=frames) for _pane in range(3)]
    for pane in panes:
        qtbot.addWidget(pane)
        pane.resize(400, 300)
        pane.begin_stream(answer(1, ""))
        pane.add_text("Hello")

    qtbot.waitUntil(lambda: all(shown(pane) for pane in panes))

    qtbot.waitUntil(lambda: not frames._timer.isActive())


def test_new_theme_while_streaming_keeps_the_text(transcript, theme):
    transcript.begin_stream(answer(2, ""))
    transcript.add_text("One.\n\nTwo")
    transcript.render_frame()

    theme.configure("dark", 150)
    transcript.add_text(" and more")
    transcript.end_stream(answer(2, "One.\n\nTwo and more"))

    assert [item[2] for item in shown(transcript)] == ["One.", "Two and more"]


def test_panes_share_their_lexers_and_closing_them_ends_their_thread(theme, qtbot):
    lexers = CodeLexers()
    panes = [Transcript(theme, lexers=lexers) for _pane in range(2)]
    for pane in panes:
        qtbot.addWidget(pane)
        pane.resize(400, 300)
        pane.set_messages([answer(1, "```python\nreturn 1\n```")])
        shown(pane)

    qtbot.waitUntil(lambda: lexers.lexer("python") is not None)
    lexers.close()

    assert not any(thread.is_alive() for thread in lexers._thread._threads)
    assert lexers.lexer("ruby") is None
