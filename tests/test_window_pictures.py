"""Pictures for a model that is known to have no eyes, in the real window: the user decides."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QMimeData, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QMessageBox

from tests.conftest import until
from tests.fake_lm_studio import LMModel
from tests.window import (
    MODEL,
    ask,
    asked,
    choose,
    is_answered,
    last_sent,
    messages,
    opened,
    press,
    prompt,
    reply,
)

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize(("button", "sent"), [("Remove pictures", 0), ("Send anyway", 1)])
async def test_a_model_without_eyes_is_named_before_a_picture_is_sent(
    paths, theme, qtbot, lm_studio, servers, button, sent
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        picture = QImage(4, 4, QImage.Format.Format_RGB32)
        picture.fill(0)
        data = QMimeData()
        data.setImageData(picture)
        prompt(app).insertFromMimeData(data)
        await until(lambda: len(app.pane.chat.files) == 1)

        ask(app, qtbot, "What is this?")
        boxes = []
        await until(lambda: boxes.extend(app.window.findChildren(QMessageBox)) or bool(boxes))
        assert "cannot see pictures" in boxes[0].text()
        chosen = next(b for b in boxes[0].buttons() if b.text() == button)
        qtbot.mouseClick(chosen, LEFT)

        await until(lambda: is_answered(app))
        assert len(messages(app)[0].attachments) == sent


@pytest.mark.parametrize(
    ("how", "button", "sent"),
    [
        ("regenerate", "Remove pictures", 0),
        ("regenerate", "Send anyway", 1),
        ("regenerate", "Cancel", None),
        ("edit", "Remove pictures", 0),
    ],
)
async def test_a_model_without_eyes_is_named_before_it_is_asked_again_about_a_picture(
    paths, theme, qtbot, lm_studio, servers, how, button, sent
):
    lm_studio.models.append(LMModel("eyes", vision=True))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app, "lm_studio/eyes")
        picture = QImage(4, 4, QImage.Format.Format_RGB32)
        picture.fill(0)
        app.pane.view.prompt_bar.image_pasted.emit(picture)
        await asked(app, qtbot, "What is this?")
        asked_before = len([r for r in lm_studio.requests if r.method == "POST"])
        await choose(app)

        press(app, qtbot, messages(app)[1 if how == "regenerate" else 0], how)
        if how == "edit":
            await until(lambda: len(app.pane.chat.files) == 1)
            qtbot.keyClick(prompt(app), Qt.Key.Key_Return)
        await reply(app, "pictureQuestion", button)

        if sent is None:
            await until(lambda: not app.turns._tasks.is_running)
            assert len([r for r in lm_studio.requests if r.method == "POST"]) == asked_before
            return
        await until(lambda: is_answered(app) and messages(app)[1].model_ref == MODEL)
        assert len(messages(app)[0].attachments) == sent
        assert ("image" in str(last_sent(lm_studio))) == bool(sent)
