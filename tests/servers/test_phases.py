"""The phases of a turn, in words."""

from __future__ import annotations

import asyncio
import time

from PyQt6.QtWidgets import QLabel, QPushButton

from ai_coder.llm.models import Phase, PhaseChanged
from ai_coder.ui.chat.turn_words import phase_detail, phase_name
from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.servers.window import (
    GEMMA,
    LLAMA,
    QWEN,
    click,
    nothing_loaded,
)
from tests.test_window import choose
from tests.window import ask, find, is_answered, messages, opened, refs


async def test_the_phases_of_a_turn_are_shown_with_the_servers_own_progress(
    paths, theme, qtbot, lm_studio, both_servers
):
    nothing_loaded(lm_studio)
    lm_studio.load_delay = 0.3
    lm_studio.prefill_delay = 0.3
    lm_studio.reply = Reply(reasoning=["Hm", "."], content=["Hel", "lo"])
    lm_studio.token_delay = 0.05
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: GEMMA in refs(app))
        choose(app, GEMMA)
        label = find(app, QLabel, "phaseLabel")
        shown, details = [], []

        def note(event):
            if isinstance(event, PhaseChanged):
                details.append((event.phase, phase_detail(event, 0), event.is_estimate))
                if label.text() not in shown[-1:]:
                    shown.append(label.text())

        app.pane.chat.happened.connect(note)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        order = [phase_name(phase) for phase in Phase]
        assert shown == [name for name in order if name in shown]
        assert {phase_name(Phase.LOADING_MODEL), phase_name(Phase.THINKING)} <= set(shown)
        real = [
            text for phase, text, guess in details if phase is Phase.LOADING_MODEL and not guess
        ]
        assert any("%" in text and text != "100 %" for text in real)
        read = [text for phase, text, guess in details if phase is Phase.READING_PROMPT]
        assert any("%" in text for text in read)


async def test_an_estimate_is_marked_as_one(paths, theme, qtbot, ollama, both_servers):
    ollama.loading = asyncio.Event()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        app.servers._measurements.note_load(LLAMA, 20)
        await until(lambda: LLAMA in refs(app))
        choose(app, LLAMA)
        details = []
        app.pane.chat.happened.connect(
            lambda e: details.append(phase_detail(e, 0)) if isinstance(e, PhaseChanged) else None
        )

        ask(app, qtbot, "Hi")

        await until(lambda: any("estimate" in text for text in details))
        ollama.loading.set()
        await until(lambda: is_answered(app))


async def test_stop_takes_less_than_a_tenth_of_a_second_while_the_server_reads_the_prompt(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.prefill = asyncio.Event()
    taken = []
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        for turn in range(1, 6):
            ask(app, qtbot, "Hi")
            await until(lambda turn=turn: len(lm_studio.asked("/api/v1/chat")) == turn)

            began = time.monotonic()
            click(qtbot, find(app, QPushButton, "stopButton"))
            await until(lambda: not app.pane.chat.is_running)
            taken.append(time.monotonic() - began)

            assert messages(app)[-1].status == "stopped"
        await until(lambda: lm_studio.abandoned)
    assert min(taken) < 0.1  # other programs may hold up a single one
