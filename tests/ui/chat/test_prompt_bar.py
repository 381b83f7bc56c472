from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, Qt, QUrl
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QFrame, QLabel, QPushButton, QToolButton, QWidget

from ai_coder.chat.attachments import LONG_PASTE_CHARACTERS, LONG_PASTE_LINES
from ai_coder.ui.chat.prompt_bar import PromptBar


@pytest.fixture
def bar(qtbot, theme):
    bar = PromptBar(theme, QWidget())
    qtbot.addWidget(bar)
    bar.resize(700, 120)
    bar.show()
    return bar


def button(bar, name):
    return bar.findChild(QPushButton, name)


def test_enter_sends_and_empties_the_field(bar, qtbot):
    qtbot.keyClicks(bar.edit, "Hello")

    with qtbot.waitSignal(bar.send_requested) as sent:
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return)

    assert sent.args == ["Hello"]
    assert bar.text() == ""


def test_shift_enter_starts_a_new_line(bar, qtbot):
    qtbot.keyClicks(bar.edit, "one")
    qtbot.keyClick(bar.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(bar.edit, "two")

    assert bar.text() == "one\ntwo"


def test_with_ctrl_enter_as_send_key_enter_is_a_new_line(bar, qtbot):
    bar.set_sends_with_ctrl(True)
    qtbot.keyClicks(bar.edit, "one")
    qtbot.keyClick(bar.edit, Qt.Key.Key_Return)

    with qtbot.waitSignal(bar.send_requested) as sent:
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    assert sent.args == ["one"]


def test_blank_prompts_are_not_sent(bar, qtbot):
    qtbot.keyClicks(bar.edit, "   ")

    with qtbot.assertNotEmitted(bar.send_requested):
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return)

    assert not button(bar, "sendButton").isEnabled()


def test_while_an_answer_runs_send_becomes_queue_and_stop_appears(bar, qtbot):
    bar.set_running(True)
    qtbot.keyClicks(bar.edit, "next")

    assert button(bar, "sendButton").text() == "Queue"
    with qtbot.waitSignal(bar.stop_requested):
        qtbot.mouseClick(button(bar, "stopButton"), Qt.MouseButton.LeftButton)

    bar.set_running(False)
    assert not button(bar, "stopButton").isVisible()


def test_an_edit_is_not_queued_while_an_answer_runs(bar, qtbot):
    bar.set_running(True)
    bar.set_editing(True)
    qtbot.keyClicks(bar.edit, "differently")
    assert button(bar, "sendButton").text() == "Stop and send"

    bar.set_editing(False)
    assert button(bar, "sendButton").text() == "Queue"


def test_taking_chips_off_by_keyboard_keeps_the_keyboard(bar, qtbot):
    labels = ["one", "two", "three"]
    bar.attachment_removed.connect(lambda place: (labels.pop(place), bar.set_attachments(labels)))
    bar.set_attachments(labels)
    bar._chips.stops()[2].setFocus()

    for left in (["one", "two"], ["one"]):
        qtbot.keyClick(bar.focusWidget(), Qt.Key.Key_Space)
        assert labels == left
        assert bar.focusWidget() is bar._chips.stops()[-1]
    qtbot.keyClick(bar.focusWidget(), Qt.Key.Key_Space)
    assert bar.focusWidget() is bar.edit


def test_cancelling_an_edit_by_keyboard_leaves_the_keyboard_to_the_prompt(bar, qtbot):
    bar.editing_cancelled.connect(lambda: bar.set_editing(False))
    bar.set_editing(True)
    close = bar._editing.stops()[0]
    close.setFocus()

    qtbot.keyClick(close, Qt.Key.Key_Space)

    assert bar.focusWidget() is bar.edit


def test_up_in_an_empty_field_edits_the_last_prompt(bar, qtbot):
    with qtbot.waitSignal(bar.edit_last_requested):
        qtbot.keyClick(bar.edit, Qt.Key.Key_Up)


def test_ctrl_up_walks_through_earlier_prompts(bar, qtbot):
    bar.set_history(["first", "second"])
    control = Qt.KeyboardModifier.ControlModifier

    qtbot.keyClick(bar.edit, Qt.Key.Key_Up, control)
    assert bar.text() == "second"
    qtbot.keyClick(bar.edit, Qt.Key.Key_Up, control)
    assert bar.text() == "first"
    qtbot.keyClick(bar.edit, Qt.Key.Key_Down, control)
    qtbot.keyClick(bar.edit, Qt.Key.Key_Down, control)
    assert bar.text() == ""


def test_a_long_paste_becomes_an_attachment(bar, qtbot):
    paste = QMimeData()
    paste.setText("x" * (LONG_PASTE_CHARACTERS + 1))

    with qtbot.waitSignal(bar.long_text_pasted) as pasted:
        bar.edit.insertFromMimeData(paste)

    assert len(pasted.args[0]) > LONG_PASTE_CHARACTERS
    assert bar.text() == ""


def test_copied_cells_are_pasted_as_their_words(bar, qtbot):
    cells = QMimeData()
    cells.setText("a\tb\n1\t2\n")
    cells.setHtml("<table><tr><td>a</td><td>b</td></tr></table>")
    cells.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))

    with qtbot.assertNotEmitted(bar.image_pasted):
        bar.edit.insertFromMimeData(cells)

    assert bar.text() == "a\tb\n1\t2\n"


@pytest.mark.parametrize("address", ["", "https://example.org/picture.png"])
def test_a_copied_picture_is_pasted_as_a_picture(bar, qtbot, address):
    picture = QMimeData()
    picture.setHtml("<img src='picture.png'>")
    picture.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    if address:
        picture.setText(address)
        picture.setUrls([QUrl(address)])

    with qtbot.waitSignal(bar.image_pasted):
        bar.edit.insertFromMimeData(picture)

    assert bar.text() == ""


def test_dropped_files_are_handed_on(bar, qtbot, tmp_path):
    drop = QMimeData()
    drop.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.py"))])

    with qtbot.waitSignal(bar.files_dropped) as dropped:
        bar.edit.insertFromMimeData(drop)

    assert dropped.args[0] == [Path(tmp_path / "a.py")]


def test_attachments_alone_can_be_sent_and_removed(bar, qtbot):
    bar.set_attachments(["a.py · 120 tokens"])
    assert button(bar, "sendButton").isEnabled()

    close = bar.findChild(QToolButton)
    with qtbot.waitSignal(bar.attachment_removed) as removed:
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)

    assert removed.args == [0]


def test_the_field_grows_with_its_lines_and_then_scrolls(bar, qtbot):
    one = bar.edit.sizeHint().height()
    bar.set_text("\n".join("line" for _ in range(5)))
    five = bar.edit.sizeHint().height()
    bar.set_text("\n".join("line" for _ in range(40)))

    assert one < five < bar.edit.sizeHint().height() < 20 * one


@pytest.mark.parametrize(
    ("used", "window", "estimate", "text"),
    [
        (11_200, 32_768, False, "11.2k of 32k"),
        (300, 2048, True, "about 300 of 2k"),
        (300, None, False, "300 · window unknown"),
        (None, None, True, ""),
        (0, None, True, ""),
    ],
)
def test_the_context_meter_says_what_is_known(bar, used, window, estimate, text):
    bar.meter.set_values(used, window, is_estimate=estimate)

    assert bar.meter.text() == text


@pytest.mark.parametrize(
    ("with_ctrl", "interrupting", "queueing"),
    [
        (False, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier),
        (
            True,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.ControlModifier,
        ),
    ],
)
def test_one_key_queues_and_another_interrupts_while_an_answer_runs(
    bar, qtbot, with_ctrl, interrupting, queueing
):
    bar.set_sends_with_ctrl(with_ctrl)
    bar.set_running(True)

    qtbot.keyClicks(bar.edit, "now")
    with qtbot.waitSignal(bar.send_now_requested) as urgent:
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return, interrupting)
    qtbot.keyClicks(bar.edit, "later")
    with qtbot.waitSignal(bar.send_requested) as queued:
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return, queueing)

    assert urgent.args == ["now"]
    assert queued.args == ["later"]


def test_many_short_lines_are_a_long_paste_too(bar, qtbot):
    paste = QMimeData()
    paste.setText("x\n" * LONG_PASTE_LINES)

    with qtbot.waitSignal(bar.long_text_pasted):
        bar.edit.insertFromMimeData(paste)


def test_chips_stand_side_by_side_and_only_what_waits_is_a_link(bar, qtbot):
    bar.set_attachments(["one.py", "two.py"])
    bar.set_queue(["And then?"])
    links = [link for link in bar.findChildren(QPushButton) if link.property("look") == "link"]
    chips = [chip for chip in bar.findChildren(QFrame) if chip.property("look") == "chip"]

    assert [link.text() for link in links] == ["Next: And then?"]
    waiting = [chip for chip in chips if chip.isAncestorOf(links[0])]
    attached = [chip for chip in chips if chip not in waiting]
    qtbot.waitUntil(lambda: attached[0].x() != attached[1].x())
    assert attached[0].y() == attached[1].y()


def after(widget):
    """Return where Tab goes from *widget*."""
    following = widget.nextInFocusChain()
    while not following.focusPolicy() & Qt.FocusPolicy.TabFocus or following.isWindow():
        following = following.nextInFocusChain()
    return following


def test_tab_goes_through_the_composer_as_it_is_read(qtbot, theme):
    picker = QPushButton("model")
    bar = PromptBar(theme, picker)
    qtbot.addWidget(bar)

    assert after(bar.edit) is picker
    assert after(picker) is button(bar, "attachButton")


def shown_chips(bar):
    found = [chip for chip in bar.findChildren(QFrame) if chip.property("look") == "chip"]
    return [chip for chip in found if chip.isVisible()]


def test_tab_reaches_the_chips_before_the_field(bar, qtbot):
    bar.set_queue(["And then?"])
    bar.set_attachments(["one.py", "two.py"])
    link = next(x for x in bar.findChildren(QPushButton) if x.text() == "Next: And then?")
    first, second = (
        next(x for x in bar.findChildren(QToolButton) if x.accessibleName() == f"Remove {name}")
        for name in ("one.py", "two.py")
    )

    assert after(after(link)) is first
    assert after(first) is second
    assert after(second) is bar.edit


@pytest.mark.parametrize("width", [700, 260])
def test_a_long_name_is_cut_in_its_middle_and_its_cost_never(look, bar, qtbot, width):
    bar.resize(width, 200)

    bar.set_attachments([f"a_rather_long_{'file_name_' * 5}here.py · about 129 tokens"])

    chip = shown_chips(bar)[0]
    label = chip.findChild(QLabel)
    qtbot.waitUntil(lambda: chip.width() <= bar.width())
    assert label.text().startswith("a_")
    assert "…" in label.text()
    assert label.text().endswith("129 tokens")


def test_many_chips_scroll_so_that_each_can_be_reached(look, bar, qtbot, theme):
    theme.configure("light", 200)
    bar.set_attachments([f"file_number_{n}.py · about {n} tokens" for n in range(40)])
    chips = shown_chips(bar)
    area = bar._chips
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)

    assert area.height() < 4 * chips[0].height()
    close = chips[-1].findChild(QToolButton)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert area.viewport().rect().contains(close.mapTo(area.viewport(), close.rect().center()))
    with qtbot.waitSignal(bar.attachment_removed) as removed:
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert removed.args == [39]

    bar.set_attachments(["one.py"])
    qtbot.waitUntil(lambda: area.height() == shown_chips(bar)[0].height())


def test_the_placeholder_follows_the_zoom(look, bar, theme):
    theme.configure("light", 200)

    assert bar.edit.viewport().font().pixelSize() == theme.font(14).pixelSize() == 28


def test_another_look_while_an_answer_runs_leaves_queue_on_the_button(bar, theme):
    bar.set_running(True)

    theme.configure("dark", 150)

    assert button(bar, "sendButton").text() == "Queue"
    bar.set_running(False)
    assert button(bar, "sendButton").text() == "Send"
