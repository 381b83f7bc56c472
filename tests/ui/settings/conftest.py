from __future__ import annotations

import pytest

from tests.ui.settings.settings_window import make


@pytest.fixture
def window(theme, paths, qtbot):
    return make(theme, paths, qtbot)
