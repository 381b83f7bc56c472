"""Two windows, a window and an editor, or two quick changes at the same settings."""

from __future__ import annotations

import asyncio
import json

from ai_coder.core import load_settings
from tests.conftest import until
from tests.window import opened

NOBODY = {"LM_STUDIO_BASE_URL": "http://127.0.0.1:9/v1", "OLLAMA_HOST": "127.0.0.1:9"}


async def test_a_lock_closed_in_one_window_closes_in_the_other(paths, theme, qtbot):
    async with (
        opened(paths, theme, qtbot, **NOBODY) as first,
        opened(paths, theme, qtbot, **NOBODY) as second,
    ):
        second.settings.use_address("openai", "http://10.0.0.5:1234/v1")
        first.settings.set_local_only(True)

        await until(lambda: second.core.network.local_only)
        await until(lambda: second.window.status._is_local_only)
        await until(lambda: "10.0.0.5" in str(first.settings.settings.provider_configurations))

    saved = load_settings(paths, {})[1].saved
    assert saved.privacy.local_only
    assert saved.provider_configurations["openai"].base_url == "http://10.0.0.5:1234/v1"


async def test_what_an_editor_breaks_is_told_and_what_it_mends_is_used(paths, theme, qtbot):
    async with opened(paths, theme, qtbot, **NOBODY) as app:
        app.settings.set_zoom(110)
        mended = json.loads(paths.settings_file.read_text("utf-8"))
        mended["appearance"]["zoom"] = 120

        paths.settings_file.write_text("{ being edited", "utf-8")
        await until(lambda: "changed and cannot be used" in app.window.notice.text())
        assert app.settings.settings.appearance.zoom == 110

        paths.settings_file.write_text(json.dumps(mended), "utf-8")
        await until(lambda: app.settings.settings.appearance.zoom == 120)


async def test_the_lock_shows_what_is_in_force_when_an_earlier_change_takes_longer(
    paths, theme, qtbot
):
    async with opened(paths, theme, qtbot, **NOBODY) as app:
        provider = app.core.manager.providers["lm_studio"]
        gate, close, is_closing = asyncio.Event(), provider.aclose, asyncio.Event()

        async def close_slowly():
            is_closing.set()
            await gate.wait()
            await close()

        provider.aclose = close_slowly
        configs = app.core.loaded.saved.provider_configurations
        other = configs["lm_studio"].model_copy(update={"timeout": 7})
        app.settings.change(provider_configurations={**configs, "lm_studio": other})
        await until(is_closing.is_set)
        app.settings.set_local_only(True)
        await until(lambda: app.window.status._is_local_only)

        gate.set()
        await until(lambda: not app.settings.tasks.is_running)

        assert app.core.network.local_only
        assert app.window.status._is_local_only
