"""What the real window does where it is small and everything in it is large."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QScrollArea

from tests.conftest import until
from tests.window import asked, choose, opened


@pytest.mark.parametrize("zoom", [100, 200])
async def test_a_long_notice_leaves_the_composer_whole(paths, theme, qtbot, servers, zoom):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        app.window.resize(900, 650)
        theme.configure("light", zoom)

        said = "The server ran out of memory. " * 200
        app.window.notice.show_notice("It did not load.", said, action="Open Settings")

        area = app.window.notice.findChild(QScrollArea)
        await until(lambda: area.verticalScrollBar().maximum() > 0)
        bar = app.pane.view.prompt_bar
        await until(lambda: bar.height() >= bar.minimumSizeHint().height())
        assert app.window.notice.height() < app.window.height() / 2
