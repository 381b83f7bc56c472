import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QGuiApplication, QMouseEvent
from PyQt6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ai_coder.ui.chat.transcript import Transcript
from ai_coder.ui.chat.transcript_message import Offer, TranscriptCard
from tests.ui.chat.transcript_texts import ANSWER, answer, chat, prompt


def settle(transcript):
    transcript.viewport().repaint()


def texts_of(view):
    return [item.text for block in view.blocks for item in block.items]


def point_of(transcript, message, block, item=0, x=2.0, y=8.0):
    """Where a point of an item is on the viewport."""
    settle(transcript)
    index = transcript._layout.index_of(message)
    view = transcript._layout.view(index)
    laid_out = view.blocks[block].items[item]
    origin = transcript._origin()
    return QPoint(
        round(origin.x() + view.block_left(block) + laid_out.x + x),
        round(origin.y() + transcript._layout.top(index) + view.block_top(block) + laid_out.y + y),
    )


def button_point(transcript, message, action):
    settle(transcript)
    index = transcript._layout.index_of(message)
    buttons = transcript._layout.view(index).frame.buttons()
    rect = next(button.rect for button in buttons if button.action == action)
    top = QPointF(0, transcript._layout.top(index))
    return (transcript._origin() + top + rect.center()).toPoint()


def click(qtbot, transcript, point, **options):
    qtbot.mouseClick(transcript.viewport(), Qt.MouseButton.LeftButton, pos=point, **options)


def drag(qtbot, transcript, start, end):
    viewport = transcript.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 5):
        event_move(viewport, start + (end - start) * step / 4)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)


def event_move(viewport, point):
    """Move with the button held, which QTest.mouseMove does not do."""
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(point),
        QPointF(viewport.mapToGlobal(point)),
        Qt.MouseButton.NoButton,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QGuiApplication.sendEvent(viewport, event)


def test_long_chat_opens_at_its_end_without_laying_out_the_rest(transcript):
    transcript.set_messages(chat(5000))
    settle(transcript)

    assert transcript.is_at_end
    assert transcript.verticalScrollBar().value() == transcript.verticalScrollBar().maximum()
    assert len(transcript._layout.live_views()) < 20


def test_reader_is_not_moved_and_may_jump_back(transcript, qtbot):
    transcript.set_messages(chat(20))
    transcript.begin_stream(answer(100, ""))
    settle(transcript)
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    settle(transcript)
    before, maximum = bar.value(), bar.maximum()
    picture = transcript.viewport().grab().toImage()

    transcript.add_text(ANSWER * 5)
    transcript.render_frame()
    settle(transcript)

    jump = transcript.findChild(QPushButton, "jumpToLatestButton")
    assert bar.value() == before
    assert bar.maximum() > maximum
    assert transcript.viewport().grab().toImage() == picture
    assert jump.isVisible()

    qtbot.mouseClick(jump, Qt.MouseButton.LeftButton)

    assert transcript.is_at_end
    assert not jump.isVisible()


def test_scrolling_up_keeps_each_line_where_the_wheel_left_it(transcript):
    transcript.set_messages(chat(60))
    settle(transcript)
    bar = transcript.verticalScrollBar()

    for _step in range(30):
        top = transcript._visible()[0]
        anchor = transcript._layout.anchor(top, 600)
        place = transcript._layout.place_of(anchor) - top
        bar.setValue(bar.value() - 50)
        settle(transcript)
        moved = transcript._layout.place_of(anchor) - transcript._visible()[0]
        assert moved - place == pytest.approx(50, abs=anchor.offset + 51)


@pytest.mark.parametrize("place", [0, 300, 100_000])
def test_earlier_messages_come_above_without_moving_anything(transcript, place):
    messages = chat(60)
    transcript.set_messages(messages[40:])
    settle(transcript)
    transcript.verticalScrollBar().setValue(place)
    settle(transcript)
    picture = transcript.viewport().grab().toImage()

    transcript.prepend(messages[:40])

    assert transcript.viewport().grab().toImage() == picture
    assert [message.id for message in transcript._layout.messages] == list(range(60))
    assert transcript.verticalScrollBar().value() > place or transcript.is_at_end


def test_earlier_messages_come_above_a_chat_that_does_not_fill_the_window(transcript):
    messages = chat(20)
    transcript.set_messages(messages[18:])
    settle(transcript)

    transcript.prepend(messages[:18])
    picture = transcript.viewport().grab().toImage()
    transcript.set_messages(messages)

    assert transcript.is_at_end
    assert transcript.viewport().grab().toImage() == picture


def test_earlier_messages_come_above_a_running_answer(transcript):
    transcript.set_messages(chat(4)[2:])
    transcript.begin_stream(answer(9, ""))
    transcript.add_text("One.\n\nTwo")
    transcript.render_frame()

    transcript.prepend(chat(4)[:2])
    transcript.add_text(" and more")
    transcript.end_stream(answer(9, "One.\n\nTwo and more"))

    assert [message.id for message in transcript._layout.messages] == [0, 1, 2, 3, 9]
    texts = texts_of(transcript._layout.view(4))
    assert texts == ["One.", "Two and more"]


def test_a_picture_of_a_block_looks_like_the_block(transcript):
    transcript.set_messages(chat(6))
    settle(transcript)
    painted = transcript.viewport().grab().toImage()

    transcript.viewport().grab()

    assert transcript._painter.pixmaps._pixmaps
    assert transcript.viewport().grab().toImage() == painted


def test_copy_button_of_code_copies_and_tells(transcript, qtbot):
    transcript.set_messages([answer(1, "```python\nx = 1\n```\n")])
    settle(transcript)
    item = transcript._layout.view(0).blocks[0].items[0]
    rect = next(rect for action, _label, rect in item._buttons() if action == "code:copy")

    with qtbot.waitSignal(transcript.code_copied) as copied:
        click(
            qtbot, transcript, point_of(transcript, 1, 0, x=rect.center().x(), y=rect.center().y())
        )

    assert copied.args == ["x = 1\n", "python"]
    assert QGuiApplication.clipboard().text() == "x = 1\n"


def test_save_button_of_code_asks_the_owner(transcript, qtbot):
    transcript.set_messages([answer(1, "- item\n\n  ```sh\n  ls\n  ```\n")])
    settle(transcript)
    item = transcript._layout.view(0).blocks[0].items[1]
    rect = next(rect for action, _label, rect in item._buttons() if action == "code:save")
    point = point_of(transcript, 1, 0, 1, x=rect.center().x(), y=rect.center().y())

    with qtbot.waitSignal(transcript.save_code_requested) as saved:
        click(qtbot, transcript, point)

    assert saved.args == ["ls\n", "sh"]


def test_wrap_button_breaks_long_lines(transcript, qtbot):
    transcript.set_messages([answer(1, f"```\n{'word ' * 200}\n```\n")])
    settle(transcript)
    item = transcript._layout.view(0).blocks[0].items[0]
    height = item.height
    rect = next(rect for action, _label, rect in item._buttons() if action == "code:wrap")

    click(qtbot, transcript, point_of(transcript, 1, 0, x=rect.center().x(), y=rect.center().y()))
    settle(transcript)

    assert item.height > height * 3


def test_link_is_only_reported(transcript, qtbot):
    transcript.set_messages([answer(1, "[click me](https://example.org/a)")])

    with qtbot.waitSignal(transcript.link_requested) as asked:
        click(qtbot, transcript, point_of(transcript, 1, 0, x=10))

    assert asked.args == ["https://example.org/a"]


def test_link_under_the_pointer_shows_its_target(transcript, qtbot):
    transcript.set_messages([answer(1, "[click me](https://example.org/a)")])
    point = point_of(transcript, 1, 0, x=10)

    with qtbot.waitSignal(transcript.link_hovered) as hovered:
        qtbot.mouseMove(transcript.viewport(), point)

    assert hovered.args == ["https://example.org/a"]
    assert transcript.viewport().toolTip() == "https://example.org/a"


@pytest.mark.parametrize("action", ["copy", "quote", "edit", "previous_branch", "next_branch"])
def test_buttons_of_a_prompt_ask_the_owner(transcript, qtbot, action):
    transcript.set_messages([prompt(7, branch=2, branches=3), answer(8)])
    transcript.scroll_to(7)

    with qtbot.waitSignal(transcript.action_requested) as asked:
        click(qtbot, transcript, button_point(transcript, 7, action))

    assert asked.args == [7, action]


def test_card_has_its_button_and_folded_detail(transcript, qtbot):
    card = TranscriptCard(
        "LM Studio is off", "Nothing listens.", (Offer("Start", "start"),), "errno 111"
    )
    transcript.set_messages([answer(1, "", card=card)])

    with qtbot.waitSignal(transcript.action_requested) as asked:
        click(qtbot, transcript, button_point(transcript, 1, "card:start"))
    settle(transcript)
    height = transcript._layout.height(0)
    click(qtbot, transcript, button_point(transcript, 1, "detail"))
    settle(transcript)

    assert asked.args == [1, "card:start"]
    assert transcript._layout.height(0) > height


def test_buttons_of_a_card_break_into_lines_where_it_is_narrow(transcript, qtbot):
    offers = tuple(Offer(f"A rather long button {n}", f"do_{n}") for n in range(4))
    transcript.set_messages([answer(1, "", card=TranscriptCard("Too long", "", offers))])
    transcript.resize(420, 600)
    settle(transcript)

    with qtbot.waitSignal(transcript.action_requested) as asked:
        click(qtbot, transcript, button_point(transcript, 1, "card:do_3"))

    frame = transcript._layout.view(0).frame
    places = [b.rect for b in frame.buttons() if b.action.startswith("card:")]
    assert asked.args == [1, "card:do_3"]
    assert all(rect.right() <= transcript.viewport().width() for rect in places)
    assert len({rect.top() for rect in places}) > 1
    assert places[-1].bottom() < frame.text_bottom + frame.card.top + frame.card.height


def test_an_offer_stands_beside_the_last_note(transcript, qtbot):
    message = answer(1, "half", notes=("Stopped.",), offers=(Offer("Continue", "continue"),))
    transcript.set_messages([message])

    with qtbot.waitSignal(transcript.action_requested) as asked:
        click(qtbot, transcript, button_point(transcript, 1, "continue"))

    assert asked.args == [1, "continue"]


def test_thinking_is_folded_until_clicked(transcript, qtbot):
    transcript.set_messages([answer(1, "Yes.", reasoning="Is it? It is.", reasoning_seconds=4.2)])
    chip = transcript_chip(transcript)

    assert chip.label.endswith("Thought for 4 s")
    assert texts_of(transcript._layout.view(0)) == ["Yes."]

    click(qtbot, transcript, button_point(transcript, 1, "reasoning"))
    settle(transcript)

    texts = texts_of(transcript._layout.view(0))
    assert texts == ["Is it? It is.", "Yes."]


def transcript_chip(transcript):
    settle(transcript)
    return transcript._layout.view(0).frame.reasoning_chip()


def test_prompt_scrolls_into_view_but_an_answer_does_not(transcript):
    transcript.set_messages(chat(20))
    settle(transcript)
    transcript.verticalScrollBar().setValue(0)

    transcript.append(answer(50))
    assert not transcript.is_at_end

    transcript.append(prompt(51))
    assert transcript.is_at_end


def test_messages_below_one_are_removed(transcript):
    transcript.set_messages(chat(6))

    transcript.remove_after(2)
    settle(transcript)

    assert [message.id for message in transcript._layout.messages] == [0, 1, 2]
    with pytest.raises(KeyError):
        transcript.scroll_to(3)


def test_replacing_the_footer_keeps_the_text_laid_out(transcript):
    transcript.set_messages(chat(2))
    settle(transcript)
    blocks = transcript._layout.view(1).blocks

    transcript.replace(answer(1, footer="38 tok/s"))

    assert transcript._layout.view(1).blocks is blocks


def test_narrow_window_keeps_the_readers_place(transcript):
    transcript.set_messages(chat(60))
    transcript.scroll_to(31)
    settle(transcript)

    transcript.resize(420, 600)
    settle(transcript)

    index = transcript._layout.at(transcript._visible()[0] + 40)
    assert index in (30, 31)


def test_zoom_and_theme_rebuild_everything(transcript, theme):
    transcript.set_messages(chat(4))
    settle(transcript)
    height = transcript._layout.total

    theme.configure("dark", 200)
    settle(transcript)

    assert transcript._layout.total > height * 1.3
    assert transcript.viewport().grab().toImage().pixelColor(2, 2) == theme.color("window")


def part_above(transcript, message, block):
    """How much of a block is above the upper edge of the window, 0 to 1."""
    settle(transcript)
    index = transcript._layout.index_of(message)
    view = transcript._layout.view(index)
    top = transcript._layout.top(index) + view.block_top(block)
    return (transcript._visible()[0] - top) / view.blocks[block].height


@pytest.mark.parametrize("zooms", [(110, 125, 110), (200, 80), (150,)])
@pytest.mark.parametrize("is_streaming", [False, True])
def test_zoom_keeps_the_readers_place(transcript, theme, zooms, is_streaming):
    long = "\n\n".join(f"Paragraph {n}. " + "Words that go on. " * 30 for n in range(40))
    transcript.set_messages(chat(8, long))
    if is_streaming:
        transcript.begin_stream(answer(8, long))
    settle(transcript)
    transcript.scroll_to(5)
    settle(transcript)
    view = transcript._layout.view(5)
    view.lay_out(transcript._layout.width, 0, 1 << 30)
    transcript._unsettle()
    settle(transcript)
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.value() + view.block_top(20) + view.blocks[20].height // 2)
    before = part_above(transcript, 5, 20)
    assert 0 < before < 1

    for zoom in zooms:
        theme.configure("light", zoom)
        assert part_above(transcript, 5, 20) == pytest.approx(before, abs=0.05)

    theme.configure("light", 100)
    assert part_above(transcript, 5, 20) == pytest.approx(before, abs=0.05)


def test_zoom_twice_before_anything_is_painted_keeps_the_readers_place(transcript, theme):
    transcript.set_messages(chat(60))
    settle(transcript)
    transcript.scroll_to(31)
    before = part_above(transcript, 31, 0)

    theme.configure("light", 130)
    theme.configure("dark", 200)

    assert part_above(transcript, 31, 0) == pytest.approx(before, abs=1)


def test_a_new_look_leaves_the_thinking_unfolded(transcript, theme):
    transcript.set_messages([answer(0, "So.", reasoning="Let me see.")])
    settle(transcript)
    transcript._layout.view(0).toggle_reasoning()

    theme.configure("dark", 130)
    settle(transcript)

    assert transcript._layout.view(0).reasoning_count == 1


def test_hover_shows_buttons_without_moving_anything(transcript, qtbot):
    transcript.set_messages(chat(3))
    transcript.scroll_to(1)
    settle(transcript)
    before = transcript.viewport().grab().toImage()
    total = transcript._layout.total

    qtbot.mouseMove(transcript.viewport(), point_of(transcript, 1, 1))
    settle(transcript)

    assert transcript._layout.total == total
    assert transcript.viewport().grab().toImage() != before


def focus_by_tab(transcript, qtbot):
    mirror = transcript.findChild(QPlainTextEdit, "transcriptMessage")
    transcript.activateWindow()
    qtbot.waitUntil(transcript.isActiveWindow)
    mirror.clearFocus()
    transcript.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(mirror.hasFocus)
    return mirror


def test_mirror_holds_the_focused_message_for_assistive_tools(transcript, qtbot):
    transcript.set_messages([prompt(1, "What?"), answer(2, "It is **this**.")])
    mirror = focus_by_tab(transcript, qtbot)

    assert mirror.toPlainText() == "It is this."
    assert mirror.accessibleName() == "model"

    qtbot.keyClick(mirror, Qt.Key.Key_Up)

    assert mirror.toPlainText() == "What?"
    assert mirror.accessibleName() == "You"


def test_one_press_of_an_arrow_moves_by_one_message(transcript, qtbot):
    transcript.set_messages([prompt(number) for number in range(5)])
    mirror = focus_by_tab(transcript, qtbot)
    assert transcript._state.focused_message == 4

    qtbot.keyClick(mirror, Qt.Key.Key_Up)

    assert transcript._state.focused_message == 3


def test_tab_leaves_the_conversation_below_its_last_message(theme, qtbot):
    window = QWidget()
    transcript, after = Transcript(theme, window), QPushButton("After", window)
    layout = QVBoxLayout(window)
    layout.addWidget(transcript)
    layout.addWidget(after)
    qtbot.addWidget(window)
    transcript.set_messages([prompt(1), answer(2)])
    window.resize(760, 600)
    with qtbot.waitExposed(window):
        window.show()
    after.setFocus()
    mirror = focus_by_tab(transcript, qtbot)
    qtbot.keyClick(mirror, Qt.Key.Key_Up)

    qtbot.keyClick(mirror, Qt.Key.Key_Tab)

    assert transcript._state.focused_message == 1
    assert mirror.hasFocus()

    qtbot.keyClick(mirror, Qt.Key.Key_Tab)

    assert not mirror.hasFocus()


def test_enter_opens_the_menu_of_the_focused_message(transcript, qtbot):
    transcript.set_messages([prompt(1), answer(2)])
    mirror = focus_by_tab(transcript, qtbot)

    qtbot.keyClick(mirror, Qt.Key.Key_Return)

    menu = QApplication.activePopupWidget()
    entry = next(action for action in menu.actions() if action.objectName() == "regenerate")
    with qtbot.waitSignal(transcript.action_requested) as asked:
        entry.trigger()
    menu.close()
    assert asked.args == [2, "regenerate"]
