"""Hits of the search over all chats in the real window: what was found is seen."""

from __future__ import annotations

import asyncio

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QLineEdit, QListView, QPushButton

from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.test_window_chats import click_row, rows, shown_title, stored
from tests.ui.chat.test_transcript_find import current_text
from tests.window import (
    MODEL,
    ask,
    asked,
    choose,
    find,
    give_keyboard,
    messages,
    opened,
    press,
)

LONG = "\n\n".join(f"Paragraph number {n} of a long answer." for n in range(300))

WIDE = "| a | b |\n|---|---|\n" + "\n".join(f"| row {n} | {'cell ' * 40} |" for n in range(90))


def places(app):
    label = app.pane.view.find_bar._count
    return label.text() if label.isVisible() else ""


async def search(app, text, count=1):
    field = find(app, QLineEdit, "searchField")
    field.clear()
    field.insert(text)
    await until(lambda: len(rows(app)) == count and rows(app)[0] != "Nothing found")


async def is_seen(app, word):
    """Wait until a place is shown, and tell whether it is *word* and in sight."""
    transcript = app.pane.view.transcript
    await until(lambda: transcript._state.found.current is not None)
    transcript.grab()
    return current_text(transcript) == (word, True)


@pytest.mark.parametrize(
    ("query", "text", "word", "count"),
    [
        ("xylophone", f"{LONG}\n\nThe **xylophone**.\n\n{LONG}", "xylophone", 1),
        ("xylo", f"{LONG}\n\nA Xylophone, two xylophones.\n\n{LONG}", "Xylophone", 2),
        ("cafe", f"{LONG}\n\nThe café, a decafe.\n\n{LONG}", "café", 1),
        ("zebra xylo", f"{LONG}\n\nA xylophone.\n\n{LONG}\n\nA zebra.", "xylophone", 2),
        ("a long zebra", f"{LONG}\n\nA very long zebra.\n\n{LONG}", "A", None),
        ('"a xylophone"', f"{LONG}\n\nNot xylophone but a\nxylophone.", "a xylophone", 1),
        ("marker_word", f"{LONG}\n\n```c\nint marker_word;\n```\n\n{LONG}", "marker_word", 1),
        ("xylophone", f"{LONG}\n\n{WIDE}\n| last | xylophone |\n\n{LONG}", "xylophone", 1),
        ("模型", f"{LONG}\n\n这个模型很\n\n{LONG}", "模型", 1),
        ("xylophone", f"<think>A xylophone?\n\n{LONG}</think>{LONG}", "xylophone", 1),
        ("xylophone", f"<think>A xylophone?</think>{LONG}\n\nA xylophone!", "xylophone", 2),
    ],
)
async def test_the_place_that_was_found_is_in_sight(
    paths, theme, qtbot, servers, query, text, word, count
):
    await stored(
        paths,
        ("Long", ["question", text, "thanks", LONG], MODEL, 2),
        ("Other", ["hello", "there"], MODEL, 0),
    )
    async with opened(paths, theme, qtbot, **servers) as app:
        await search(app, query)
        qtbot.keyClick(find(app, QLineEdit, "searchField"), Qt.Key.Key_Return)
        await until(lambda: shown_title(app) == "Long")

        assert await is_seen(app, word)
        transcript = app.pane.view.transcript
        await until(lambda: transcript._find.is_complete)
        assert count in (None, transcript._find.count)
        assert find(app, QLineEdit, "findField").text() == query
        message = transcript._layout.view(1)
        assert message.frame.is_reasoning_open is (count == 1 and text.startswith("<think>"))


async def test_f3_goes_on_from_a_hit_that_the_mouse_opened(paths, theme, qtbot, servers):
    text = f"A quokka.\n\n{LONG}\n\nTwo quokkas."
    await stored(
        paths, ("Long", ["quokka", text], MODEL, 2), ("Other", ["hello", "there"], MODEL, 0)
    )
    async with opened(paths, theme, qtbot, **servers) as app:
        await search(app, "quokka", 2)
        click_row(app, qtbot, "A quokka")
        assert await is_seen(app, "quokka")
        await until(lambda: places(app) == "2 of 3")
        view = find(app, QListView, "conversationList")
        assert app.window.focusWidget() is view  # so that the arrow keys go to the next hit

        click_row(app, qtbot, "Long\nquokka")
        await until(lambda: places(app) == "1 of 3")
        click_row(app, qtbot, "A quokka")
        await until(lambda: places(app) == "2 of 3")
        assert view.currentIndex().data() == next(row for row in rows(app) if "A quokka" in row)

        await give_keyboard(app)
        qtbot.keyClick(view, Qt.Key.Key_F3)
        await until(lambda: places(app) == "3 of 3")
        assert await is_seen(app, "quokkas")
        app.commands.run("find_previous")
        await until(lambda: places(app) == "2 of 3")

        app.commands.run("find_in_chat")
        await until(lambda: places(app) == "3 of 3")
        field = find(app, QLineEdit, "findField")
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert app.pane.view.find_bar.isHidden()
        app.commands.run("find_next")
        assert app.window.focusWidget() is field


async def test_a_hit_in_another_branch_of_a_running_chat_is_explained_and_offered(
    paths, theme, qtbot, lm_studio, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        lm_studio.then(["A zebra."], ["A horse."])
        await asked(app, qtbot, "Which animal?")
        press(app, qtbot, messages(app)[1], "regenerate")
        await until(lambda: messages(app)[-1].text == "A horse." and not app.pane.chat.is_running)
        gate = asyncio.Event()
        lm_studio.then(Reply(content=["slow ", "more"], gates={1: gate}))
        ask(app, qtbot, "next")
        await until(lambda: messages(app)[-1].text == "slow ")
        await search(app, "zebra")
        click_row(app, qtbot, "zebra")
        await until(lambda: "another branch" in app.window.notice.text())
        assert messages(app)[-1].text == "slow "
        assert app.pane.chat.is_running

        button = next(b for b in app.window.notice.findChildren(QPushButton) if b.isVisible())
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

        await until(lambda: [m.text for m in messages(app)] == ["Which animal?", "A zebra."])
        assert await is_seen(app, "zebra")
        assert not [label for label in app.window.notice.findChildren(QLabel) if label.isVisible()]


async def test_all_hits_can_be_reached_and_ctrl_tab_goes_through_their_chats(
    paths, theme, qtbot, servers
):
    chats = [(f"Chat {n}", [f"pineapple number {n}", "yes"], MODEL, 0) for n in range(120)]
    await stored(paths, *chats)
    async with opened(paths, theme, qtbot, **servers) as app:
        await search(app, "pineapple", 51)
        view = find(app, QListView, "conversationList")
        assert rows(app)[-1] == "Show more"
        for count in (101, 120):
            view.setCurrentIndex(view.model().index(view.model().rowCount() - 1, 0))
            first, place = rows(app)[0], view.model().rowCount() - 1
            qtbot.keyClick(view, Qt.Key.Key_Return)
            await until(lambda count=count: len(rows(app)) == count)
            assert rows(app)[0] == first
            assert rows(app)[place].startswith(f"Chat {119 - place}")
        assert "Show more" not in rows(app)

        app.pane.list.clear_search()
        await search(app, '"number 7" ', 1)
        await search(app, "number 11", 11)
        passed = []
        for _ in range(12):
            before = app.pane.chat.id
            app.commands.run("next_chat")
            await until(lambda before=before: app.pane.chat.id != before)
            await until(lambda: not app.pane.tasks.is_running)
            passed.append(shown_title(app))
        assert len(set(passed)) == 11
        assert passed[0] == passed[11]
