import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication

from tests.ui.chat.transcript_texts import answer, chat, find_all, prompt


@pytest.fixture
def size():
    return 760, 900


def place(transcript, message, block, item=0, offset=0):
    """Where a character of an item begins on the viewport, in the middle of its line."""
    transcript.viewport().repaint()
    view = transcript._layout.view(message)
    laid_out = view.blocks[block].items[item]
    rect = laid_out.rect_of(offset, offset + 1)
    point = QPointF(rect.left() + 1, rect.center().y())
    corner = QPointF(
        view.block_left(block) + laid_out.x,
        transcript._layout.top(message) + view.block_top(block) + laid_out.y,
    )
    return (transcript._origin() + corner + point).toPoint()


def drag(qtbot, transcript, start, end):
    viewport = transcript.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(end),
        QPointF(viewport.mapToGlobal(end)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, move)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)


def test_drag_selects_across_blocks_and_messages(transcript, qtbot):
    text = "First *one* here.\n\n- item\n\n```\ncode\n```\n"
    transcript.set_messages([prompt(0, "What is it?"), answer(1, text)])

    drag(qtbot, transcript, place(transcript, 0, 0, offset=5), place(transcript, 1, 2, offset=2))

    assert transcript.selected_text() == "is it?\n\nFirst one here.\n\n• item\n\nco"


def test_dragging_upwards_selects_the_same(transcript, qtbot):
    transcript.set_messages([answer(0, "One two three.\n\nFour five.")])

    drag(qtbot, transcript, place(transcript, 0, 1, offset=4), place(transcript, 0, 0, offset=4))

    assert transcript.selected_text() == "two three.\n\nFour"


def test_double_click_selects_a_word_and_a_third_the_paragraph(transcript, qtbot):
    transcript.set_messages([answer(0, "One two three.\n\nFour.")])
    point = place(transcript, 0, 0, offset=5)
    viewport = transcript.viewport()

    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=point)
    assert transcript.selected_text() == "two"

    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point)
    assert transcript.selected_text() == "One two three."


def double_click(viewport, point):
    """The second of two quick clicks, as the system reports it."""
    for kind, buttons in (
        (QEvent.Type.MouseButtonDblClick, Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
    ):
        event = QMouseEvent(
            kind,
            QPointF(point),
            QPointF(viewport.mapToGlobal(point)),
            Qt.MouseButton.LeftButton,
            buttons,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, event)


def test_quick_clicks_on_a_button_count_one_by_one_and_select_nothing(transcript, qtbot):
    transcript.set_messages([answer(0, "One two three.", branch=4, branches=4)])
    transcript.viewport().repaint()
    pressed = []
    transcript.action_requested.connect(lambda _message, action: pressed.append(action))
    view = transcript._layout.view(0)
    button = next(b for b in view.frame.buttons() if b.action == "previous_branch")
    top = QPointF(0, transcript._layout.top(0))
    point = (transcript._origin() + top + button.rect.center()).toPoint()
    viewport = transcript.viewport()

    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point)
    double_click(viewport, point)
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point)

    assert pressed == ["previous_branch"] * 3
    assert transcript.selected_text() == ""


def test_shift_click_extends_the_selection(transcript, qtbot):
    transcript.set_messages([answer(0, "One two three.\n\nFour.")])
    viewport, left = transcript.viewport(), Qt.MouseButton.LeftButton

    qtbot.mouseClick(viewport, left, pos=place(transcript, 0, 0, offset=4))
    qtbot.mouseClick(
        viewport, left, Qt.KeyboardModifier.ShiftModifier, place(transcript, 0, 1, offset=4)
    )

    assert transcript.selected_text() == "two three.\n\nFour"


def test_select_all_and_copy_by_keyboard(transcript, qtbot):
    transcript.set_messages([prompt(0, "Hi 🙂"), answer(1, "| a | b |\n|--|--|\n| 1 | 2 |")])

    qtbot.keyClick(transcript, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(transcript, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text() == "Hi 🙂\n\na\tb\n1\t2"


def test_selection_is_visible(transcript, qtbot, theme):
    transcript.set_messages([answer(0, "One two three.")])
    before = transcript.viewport().grab().toImage()

    transcript.select_all()

    point = place(transcript, 0, 0, offset=3)
    after = transcript.viewport().grab().toImage()
    assert after != before
    assert after.pixelColor(point) == theme.color("selection")


def test_selection_stays_while_text_streams_in(transcript, qtbot):
    transcript.set_messages([prompt(0)])
    transcript.begin_stream(answer(1, ""))
    transcript.add_text("One two three.\n\nFour")
    transcript.render_frame()
    drag(qtbot, transcript, place(transcript, 1, 0, offset=4), place(transcript, 1, 0, offset=7))

    transcript.add_text(" five.\n\nSix")
    transcript.end_stream(answer(1, "One two three.\n\nFour five.\n\nSix"))

    assert transcript.selected_text() == "two"


def test_code_selection_counts_lines(transcript, qtbot):
    transcript.set_messages([answer(0, "```python\nabc\ndefg\nhi\n```")])

    transcript.select_all()

    assert transcript.selected_text() == "abc\ndefg\nhi"


def test_shift_wheel_scrolls_long_code(transcript):
    transcript.set_messages([answer(0, f"```\n{'x' * 500}\n```")])
    point = place(transcript, 0, 0, offset=0)
    item = transcript._layout.view(0).blocks[0].items[0]

    event = QWheelEvent(
        QPointF(point),
        QPointF(transcript.viewport().mapToGlobal(point)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(transcript.viewport(), event)

    assert item.scroll_x > 0


def test_find_counts_what_is_written_not_its_markup(transcript, qtbot):
    transcript.set_messages([prompt(0, "bold text?"), answer(1, "A **bold** text, bold `text`.")])

    assert find_all(transcript, qtbot, "bold text") == 3
    assert find_all(transcript, qtbot, "BOLD") == 3
    assert find_all(transcript, qtbot, "**") == 0


def test_find_walks_through_all_places_and_around(transcript, qtbot):
    transcript.set_messages([answer(n, f"needle {n}") for n in range(3)])
    find_all(transcript, qtbot, "needle")
    seen = []
    transcript.find_changed.connect(lambda current, total: seen.append((current, total)))

    transcript.find_next()
    transcript.find_previous()
    transcript.find_previous()

    assert seen == [(1, 3), (3, 3), (2, 3)]


def test_find_scrolls_into_the_middle_of_a_long_chat(transcript, qtbot, theme):
    messages = chat(2000)
    messages[1001] = answer(1001, "a\n\n" * 60 + "The needle is here.\n\n" + "b\n\n" * 60)
    transcript.set_messages(messages)
    transcript.viewport().repaint()

    find_all(transcript, qtbot, "needle")
    transcript.viewport().repaint()

    point = place(transcript, 1001, 60, offset=5)
    assert transcript.viewport().rect().contains(point)
    colors = {
        transcript.viewport().grab().toImage().pixelColor(point + QPoint(dx, -8)).name()
        for dx in range(3)
    }
    assert theme.color("find_current").name() in colors


def test_clearing_find_removes_the_highlights(transcript, qtbot):
    transcript.set_messages([answer(0, "needle")])
    before = transcript.viewport().grab().toImage()
    find_all(transcript, qtbot, "needle")
    assert transcript.viewport().grab().toImage() != before

    transcript.clear_find()

    assert transcript.viewport().grab().toImage() == before


def test_emoji_do_not_shift_matches(transcript, qtbot):
    transcript.set_messages([answer(0, "🙂🙂 needle")])

    find_all(transcript, qtbot, "needle")

    (match,) = transcript._state.found.of(0)
    assert (match.start, match.end) == (5, 11)


def test_earlier_messages_leave_the_selection_where_it_is_and_are_searched_too(transcript, qtbot):
    transcript.set_messages([prompt(4, "The needle."), answer(5, "One two three.")])
    drag(qtbot, transcript, place(transcript, 1, 0, offset=4), place(transcript, 1, 0, offset=7))
    assert find_all(transcript, qtbot, "needle") == 1
    seen = []
    transcript.find_changed.connect(lambda current, total: seen.append((current, total)))

    transcript.prepend([prompt(2, "A needle?"), answer(3, "No needle here.")])

    assert transcript.selected_text() == "two"
    qtbot.waitUntil(lambda: transcript._find.is_complete)
    assert seen[-1] == (3, 3)
    assert transcript._state.found.current.message == 2
