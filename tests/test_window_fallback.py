"""Another model instead of one whose server is down, in the whole window."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QPushButton

from tests.conftest import until
from tests.server_fixtures import CLAUDE, KEYS, LLAMA, QWEN
from tests.window import answered, ask, choose, is_answered, messages, opened, ready, shown

LEFT = Qt.MouseButton.LeftButton


async def test_when_a_server_is_down_the_next_model_is_offered_and_takes_over(
    paths, theme, qtbot, world, lm_studio, ollama, claude
):
    ollama.reply = ["from Ollama"]
    environment = world(lm_studio=lm_studio, ollama=ollama, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, LLAMA, CLAUDE)
        await choose(app, QWEN)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app), timeout=15)
        await until(lambda: "could answer instead" in app.window.notice.text())
        button = next(
            b for b in app.window.notice.findChildren(QPushButton) if b.text().startswith("Answer")
        )
        assert "llama3.2" in button.text()
        qtbot.mouseClick(button, LEFT)

        await until(lambda: is_answered(app) and messages(app)[-1].text == "from Ollama")
        assert messages(app)[-1].model_ref == LLAMA


async def test_an_offer_goes_when_the_chat_goes_on_without_it(
    paths, theme, qtbot, world, lm_studio, ollama
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio, ollama=ollama)) as app:
        await ready(app, QWEN, LLAMA)
        await choose(app, QWEN)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: "could answer instead" in app.window.notice.text(), timeout=15)

        await answered(app, qtbot, LLAMA, "And you?", count=4)

        assert app.window.notice.text() == ""


async def test_another_model_takes_over_by_itself_when_the_user_chose_so_but_never_a_cloud(
    paths, theme, qtbot, world, lm_studio, ollama, claude
):
    ollama.reply = ["from Ollama"]
    environment = world(
        lm_studio=lm_studio,
        ollama=ollama,
        anthropic=claude,
        general={"fallback": "automatic"},
        environment=KEYS,
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, LLAMA, CLAUDE)
        await choose(app, QWEN)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app), timeout=15)
        assert messages(app)[-1].text == "from Ollama"
        shown = app.pane.view.shown._display.notes(messages(app)[-1])
        assert any("answers instead" in note for note in shown)

        ollama.close()
        ask(app, qtbot, "And now?")
        await until(lambda: is_answered(app, 4), timeout=15)
        assert messages(app)[-1].failure is not None
        assert [r for r in claude.requests if r.method == "POST"] == []


async def test_nothing_is_offered_when_the_user_wants_no_other_model(
    paths, theme, qtbot, world, lm_studio, ollama
):
    environment = world(lm_studio=lm_studio, ollama=ollama, general={"fallback": "never"})
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, LLAMA)
        await choose(app, QWEN)
        lm_studio.close()
        ended = []
        app.pane.running_changed.connect(lambda: ended.append(not app.pane.is_running))

        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app) and ended[-1:] == [True], timeout=15)

        assert messages(app)[-1].failure.kind == "ProviderUnreachableError"
        assert shown(app).card is not None
        assert app.window.notice.text() == ""
        assert ollama.asked("/api/chat") == []
