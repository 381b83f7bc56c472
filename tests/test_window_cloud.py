"""Models of companies in the whole window: the same chat everywhere, keys, consent, the lock."""

from __future__ import annotations

import logging

import keyring.backends.fail
from PyQt6.QtWidgets import QCheckBox, QLabel, QLineEdit

from ai_coder.chat.export import ExportFormat, exported
from ai_coder.logs import start_logging
from ai_coder.settings.secrets import SecretSource
from tests.conftest import until
from tests.fake_cloud import KEY, anthropic_error
from tests.fake_ollama import OllamaModel
from tests.server_fixtures import CLAUDE, GEMINI, GPT, GUIDE, KEYS, LLAMA, QWEN
from tests.window import (
    answered,
    ask,
    choose,
    find,
    is_answered,
    messages,
    opened,
    question,
    ready,
    refs,
    reply,
    shown,
)


async def test_one_conversation_goes_on_across_lm_studio_anthropic_ollama_and_built_in(
    paths, theme, qtbot, world, lm_studio, ollama, claude
):
    lm_studio.reply, ollama.reply = ["from LM Studio"], ["from Ollama"]
    claude.reply = ["from ", "Anthropic"]
    environment = world(
        lm_studio=lm_studio,
        ollama=ollama,
        anthropic=claude,
        privacy={"cloud_confirmed": ["anthropic"]},
        environment=KEYS,
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, LLAMA, CLAUDE, GUIDE)
        for number, ref in enumerate((QWEN, CLAUDE, LLAMA, GUIDE), 1):
            await answered(app, qtbot, ref, f"question {number}", count=2 * number)

        answers = [m for m in messages(app) if m.role == "assistant"]
        assert [a.failure for a in answers] == [None] * 4
        assert [a.text for a in answers[:3]] == [
            "from LM Studio",
            "from Anthropic",
            "from Ollama",
        ]
        assert answers[3].text
        sent = [m["content"] for m in claude.body["messages"]]
        assert "question 1" in str(sent[0])
        assert "from LM Studio" in str(sent[1])
        assert [a.cost == 0 for a in answers] == [True, False, True, True]


async def test_what_is_dialled_is_listed_and_keys_are_nowhere(
    paths, theme, qtbot, world, claude, gpt, gemini, safe
):
    world(anthropic=claude, openai=gpt, google_gemini=gemini)
    async with opened(paths, theme, qtbot) as app:
        start_logging(paths.log_file, "debug", app.core.secrets.values)
        await until(lambda: "settings" in app.window._views, timeout=30)
        for kind in ("anthropic", "openai", "googleGemini"):
            edit = find(app, QLineEdit, f"{kind}KeyEdit")
            edit.setText(KEY)
            edit.returnPressed.emit()
        await ready(app, CLAUDE, GPT, GEMINI)
        assert {app.core.secrets.source(p) for p in ("anthropic", "openai")} == {
            SecretSource.KEYRING
        }
        app.core.network.inspector.is_on = True
        await answered(app, qtbot, CLAUDE, "one")
        claude.next("/v1/messages", anthropic_error(401, "authentication_error", f"bad {KEY}"))
        await answered(app, qtbot, CLAUDE, "two", count=4)
        await answered(app, qtbot, GPT, "three", count=6)
        await answered(app, qtbot, GEMINI, "four", count=8)
        app.settings.save(app.core.loaded.saved)
        archived = await app.store.archive(app.pane.chat.id)
        told = [exported([archived], kind) for kind in ExportFormat]
        told += [str(m) for m in messages(app)]
        exchanges = app.core.network.inspector.exchanges()
        told += [e.as_curl() + e.answer + str(e.headers) for e in exchanges]
        hosts = {line[0] for line in app.settings._view.privacy.connections()}
        assert len(exchanges) >= 4

    logging.getLogger().handlers[:] = []
    written = [path for path in paths.user_data.parent.rglob("*") if path.is_file()]
    assert paths.log_file in written
    assert any(path.suffix in (".db", ".sqlite", ".sqlite3") for path in written)
    assert any(path.name == "learned.json" for path in written)
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []
    assert [text for text in told if KEY in text] == []
    assert len(hosts) >= 3
    assert list(safe.passwords.values()) == [KEY] * 3


async def test_privacy_counts_what_each_host_got_while_it_is_in_view(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(
        lm_studio=lm_studio,
        anthropic=claude,
        privacy={"cloud_confirmed": ["anthropic"]},
        environment=KEYS,
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await until(lambda: "settings" in app.window._views, timeout=30)
        tab = app.settings._view.privacy

        def counted(server):
            told = {line[0]: line for line in tab.connections()}
            return int(told[server.url.removeprefix("http://")][2])

        app.window.show_view("settings")
        app.settings._view.show_tab("privacy")
        await until(tab.isVisible)
        before = counted(lm_studio), counted(claude)
        await answered(app, qtbot, QWEN, "one")
        await answered(app, qtbot, CLAUDE, "two", count=4)

        await until(lambda: counted(lm_studio) > before[0] and counted(claude) > before[1])
        purposes = " ".join(line[1] for line in tab.connections())
        assert "LM Studio: " in purposes
        assert purposes.count("answers") == 2
        await until(lambda: all(len(server.requests) == counted(server) for server in (claude,)))


async def test_a_local_chat_goes_to_a_company_only_after_a_question(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await answered(app, qtbot, QWEN, "my own code")

        await choose(app, CLAUDE)
        ask(app, qtbot, "and now?")
        await reply(app, "cloudQuestion", "Keep it local")
        await until(lambda: app.pane.view.prompt_bar.text() == "and now?")
        assert [r.path for r in claude.requests if r.method == "POST"] == []
        assert len(messages(app)) == 2

        ask(app, qtbot, "and now?")
        await reply(app, "cloudQuestion", "Send")
        await until(lambda: is_answered(app, 4))
        await answered(app, qtbot, CLAUDE, "not asked again", count=6)
        assert messages(app)[-1].text == "Hello world"


async def test_regenerating_a_local_answer_with_a_cloud_model_asks_too_and_can_be_for_good(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await answered(app, qtbot, QWEN, "my own code")

        await choose(app, CLAUDE)
        app.turns.regenerate_last()
        await until(lambda: question(app, "cloudQuestion") is not None)
        question(app, "cloudQuestion").findChild(QCheckBox).setChecked(True)
        await reply(app, "cloudQuestion", "Send")

        await until(lambda: messages(app)[-1].text == "Hello world")
        await until(lambda: app.settings.settings.privacy.cloud_confirmed == ("anthropic",))
        assert "cloud_confirmed" in paths.settings_file.read_text("utf-8")


async def test_the_lock_keeps_cloud_models_out_and_its_card_opens_it(
    paths, theme, qtbot, world, claude, monkeypatch
):
    from ai_coder.llm import network

    monkeypatch.setattr(network, "locality", lambda url: network.Locality.CLOUD)
    environment = world(anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await choose(app, CLAUDE)

        app.commands.run("toggle_local_only")
        await until(lambda: app.core.network.local_only)
        app.turns.send("hello")
        await until(lambda: is_answered(app))
        assert messages(app)[-1].failure.kind == "HostBlockedError"
        assert shown(app).card.offers[0].text == "Unlock"
        await until(lambda: CLAUDE not in refs(app))

        app.turns._act(messages(app)[-1].id, "card:unlock")
        await until(lambda: not app.core.network.local_only)
        await until(lambda: CLAUDE in refs(app))


async def test_the_lock_also_keeps_out_companies_behind_a_server_of_this_computer(
    paths, theme, qtbot, world, ollama
):
    ollama.models.append(OllamaModel("gpt-oss:120b-cloud", remote_host="https://ollama.com:443"))
    ref = "ollama/gpt-oss:120b-cloud"
    async with opened(paths, theme, qtbot, **world(ollama=ollama)) as app:
        await ready(app, ref, LLAMA)
        await choose(app, ref)
        app.commands.run("toggle_local_only")
        await until(lambda: app.core.network.local_only)

        app.turns.send("hello")
        await until(lambda: is_answered(app))

        assert messages(app)[-1].failure.kind == "HostBlockedError"
        assert ollama.asked("/api/chat") == []


async def test_without_a_keyring_a_key_is_kept_for_this_run_and_that_is_said(
    paths, theme, qtbot, world, claude
):
    world(anthropic=claude)
    keyring.set_keyring(keyring.backends.fail.Keyring())
    async with opened(paths, theme, qtbot) as app:
        await until(lambda: "settings" in app.window._views, timeout=30)
        edit = find(app, QLineEdit, "anthropicKeyEdit")
        edit.setText(KEY)
        edit.returnPressed.emit()

        await ready(app, CLAUDE)
        told = find(app, QLabel, "anthropicKeyLabel").text()
        assert "kept only until the application is closed" in told
        assert "ANTHROPIC_API_KEY" in told
        assert KEY not in edit.text()
        assert (await answered(app, qtbot, CLAUDE, "Hi")).text == "Hello world"
    assert KEY not in paths.settings_file.read_text("utf-8")
    async with opened(paths, theme, qtbot) as app:
        await until(lambda: "settings" in app.window._views, timeout=30)
        assert app.core.secrets.source("anthropic") is SecretSource.NONE


async def test_the_window_of_a_cloud_model_is_known(paths, theme, qtbot, world, claude):
    environment = world(anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await choose(app, CLAUDE)

        meter = app.pane.view.prompt_bar.meter
        assert meter.text() == "0 of 200k"
        assert "served now" in meter.toolTip()
