"""Everything that goes wrong with a company's service, as the reader of a chat meets it."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QTabWidget

from ai_coder import errors
from ai_coder.errors import Remedy
from tests.conftest import until
from tests.fake_cloud import KEY
from tests.llm.cloud_support import MODELS, ROUTES
from tests.llm.test_cloud_faults import FAULTS
from tests.server_fixtures import KEYS
from tests.window import ask, choose, find, is_answered, messages, opened, question, ready, shown

FIXTURES = {"openai": "gpt", "anthropic": "claude", "google_gemini": "gemini"}


@pytest.fixture(params=FIXTURES)
def kind(request):
    return request.param


@pytest.fixture
def server(kind, request):
    return request.getfixturevalue(FIXTURES[kind])


@pytest.fixture
def environment(world, kind, server):
    return world(**{kind: server}, environment=KEYS, max_retries=0)


def button_for(fault):
    """Return what the first button of the card asks for; None where there is no button."""
    if fault.remedy is Remedy.RELOAD_LARGER:
        return Remedy.START_FRESH.value  # a company's window cannot be made larger
    if fault.remedy is Remedy.CONTINUE:
        return Remedy.RETRY.value  # not one word arrived that could be continued
    return fault.remedy.value if fault.remedy else None


async def test_each_fault_ends_in_a_card_with_the_button_that_mends_it(
    paths, theme, qtbot, environment, kind, server
):
    ref = f"{kind}/{MODELS[kind]}"
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, ref)
        await choose(app, ref)
        for fault in (each for each in FAULTS if each.kind == kind and each.words):
            if messages(app):
                app.commands.run("new_chat")
                await until(lambda: messages(app) == [])
                await choose(app, ref)
            server.always(ROUTES[kind], fault.answer)
            ask(app, qtbot, "Hi")
            await until(lambda: is_answered(app), timeout=30)

            card = shown(app).card
            assert card is not None, fault.name
            assert fault.words in f"{card.title} {card.detail}", fault.name
            assert KEY not in str(card), fault.name
            first = card.offers[0].action if card.offers else None
            assert first == button_for(fault), fault.name
            assert question(app, "cloudQuestion") is None


async def test_a_card_is_mended_by_its_button(paths, theme, qtbot, environment, kind, server):
    ref = f"{kind}/{MODELS[kind]}"
    wrong_key = next(f for f in FAULTS if f.kind == kind and f.name == "wrong key")
    overloaded = next(f for f in FAULTS if f.kind == kind and f.error is errors.OverloadedError)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, ref)
        await choose(app, ref)
        server.always(ROUTES[kind], overloaded.answer)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))
        server.always(ROUTES[kind], None)
        press(app)
        await until(lambda: is_answered(app) and messages(app)[-1].text == "Hello world")

        server.always(ROUTES[kind], wrong_key.answer)
        ask(app, qtbot, "And now?")
        await until(lambda: is_answered(app, 4))
        await until(lambda: "settings" in app.window._views, timeout=30)
        press(app)
        await until(lambda: app.window.current_view == "settings")
        tabs = find(app, QTabWidget, "settingsTabs")
        assert tabs.tabText(tabs.currentIndex()) == "Cloud Providers"


def press(app):
    """Press the first button of the card of the newest answer."""
    offer = shown(app).card.offers[0]
    app.pane.view.transcript.action_requested.emit(messages(app)[-1].id, f"card:{offer.action}")
