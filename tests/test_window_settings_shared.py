"""Two windows, or a window and an editor, at the same settings."""

from __future__ import annotations

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
