"""Switching branches in the real window: the reader stays at the fork."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QLineEdit

from tests.conftest import until
from tests.window import asked, choose, find, messages, opened, press

LONG = "\n\n".join(f"Line {n} of an apple." for n in range(40))


def texts(app):
    return [message.text[:6] for message in messages(app)]


@pytest.mark.parametrize("is_prompt", [True, False])
async def test_another_version_takes_the_place_of_the_one_before_and_find_goes_on(
    paths, theme, qtbot, lm_studio, servers, is_prompt
):
    lm_studio.then([LONG], ["old " + LONG], [LONG], ["new " + LONG])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        for count, text in enumerate(("one", "two", "three"), 1):
            await asked(app, qtbot, text, 2 * count)
        if is_prompt:
            press(app, qtbot, messages(app)[2], "edit")
            await asked(app, qtbot, "two again", 4)
            await until(lambda: texts(app)[2:] == ["two ag", "new Li"])
        else:
            press(app, qtbot, messages(app)[3], "regenerate")
            await until(lambda: texts(app)[2:] == ["two", "new Li"])
        await until(lambda: not app.pane.chat.is_running)
        app.commands.run("find_in_chat")
        field = find(app, QLineEdit, "findField")
        field.setText("apple")
        transcript = app.pane.view.transcript
        await until(lambda: transcript._find.is_complete)
        fork = messages(app)[2 if is_prompt else 3]

        def place(message):
            transcript.grab()
            index = transcript._layout.index_of(message.id)
            return transcript._layout.top(index) - transcript.verticalScrollBar().value()

        meter = app.pane.view.prompt_bar.meter
        used = meter.text()
        press(app, qtbot, fork, "previous_branch")
        before = place(fork)
        await until(lambda: texts(app)[2:] == ["two", "old Li", "three", "Line 0"])
        other = messages(app)[2 if is_prompt else 3]
        await until(lambda: transcript.has(other.id))

        assert place(other) == before
        assert len(app.pane.view.shown.present()) == 6
        assert not app.pane.view.find_bar.isHidden()
        await until(lambda: transcript._find.is_complete)
        assert transcript._find.count == 3 * 40
        assert meter.text() != used

        press(app, qtbot, other, "previous_branch")  # there is none
        await until(lambda: not app.turns._tasks.is_running)
        assert messages(app)[2 if is_prompt else 3] == other


async def test_quick_presses_show_one_version_after_the_other(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(["old"], ["new"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        press(app, qtbot, messages(app)[0], "edit")
        await asked(app, qtbot, "one again")
        await until(lambda: texts(app) == ["one ag", "new"] and not app.pane.chat.is_running)
        transcript = app.pane.view.transcript

        def shown():
            return [message.text[:6] for message in transcript._layout.messages]

        for _ in range(2):
            app.turns._act(messages(app)[0].id, "previous_branch")
        await until(lambda: texts(app) == ["one", "old"])
        app.turns._act(messages(app)[0].id, "next_branch")
        await until(lambda: texts(app) == ["one ag", "new"])
        app.turns._act(messages(app)[0].id, "previous_branch")
        await until(lambda: texts(app) == ["one", "old"] and not app.turns._tasks.is_running)

        assert shown() == ["one", "old"]
