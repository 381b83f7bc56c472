"""What is chosen in the whole window arrives: files, chats, the model of new chats."""

from __future__ import annotations

import json

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QComboBox, QFileDialog, QPushButton

from tests.conftest import until
from tests.window import find, opened


def chosen(workbench, command, *files):
    """Ask for a file chooser and choose *files* in it."""
    workbench.commands.run(command)
    (dialog,) = (
        widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QFileDialog)
    )
    dialog.filesSelected.emit([str(file) for file in files])
    dialog.close()
    dialog.deleteLater()


async def test_chosen_files_are_attached(paths, theme, qtbot, tmp_path):
    files = [tmp_path / "one.py", tmp_path / "two.py"]
    for file in files:
        file.write_text("print()\n")
    async with opened(paths, theme, qtbot) as app:
        chosen(app, "attach_files", *files)
        await until(lambda: len(app.pane.chat.files) == 2)
        assert [file.name for file in app.pane.chat.files] == ["one.py", "two.py"]


async def test_chosen_chats_are_imported(paths, theme, qtbot, tmp_path):
    file = tmp_path / "mine.conversation.json"
    version = {"role": "user", "content": [{"type": "text", "text": "Hello from afar"}]}
    message = {"versions": [version], "currentlySelected": 0}
    file.write_text(json.dumps({"name": "From elsewhere", "messages": [message]}))
    async with opened(paths, theme, qtbot) as app:
        chosen(app, "import_chats", file)
        await until(lambda: app.pane.chat.session.conversation.title == "From elsewhere")


async def test_the_model_of_new_chats_is_chosen_among_what_there_is(paths, theme, qtbot):
    async with opened(paths, theme, qtbot) as app:
        await until(lambda: "settings" in app.window._views)
        box = find(app, QComboBox, "default_modelEdit")
        await until(lambda: box.findData("llama_cpp/guide") >= 0)

        box.setCurrentIndex(box.findData("llama_cpp/guide"))
        box.activated.emit(box.currentIndex())
        qtbot.mouseClick(find(app, QPushButton, "saveSettingsButton"), Qt.MouseButton.LeftButton)

        await until(lambda: app.core.loaded.settings.general.default_model == "llama_cpp/guide")


async def test_the_first_card_of_the_built_in_engine_opens_its_folder(
    paths, theme, qtbot, unused_tcp_port_factory
):
    nowhere = f"http://127.0.0.1:{unused_tcp_port_factory()}"
    off = {"LM_STUDIO_BASE_URL": nowhere, "OLLAMA_BASE_URL": nowhere}
    async with opened(paths, theme, qtbot, **off) as app:
        wanted = []
        app.servers.models_folder_wanted.disconnect()
        app.servers.models_folder_wanted.connect(lambda: wanted.append(1))
        welcome = app.pane.view.welcome

        def button():
            buttons = welcome.findChildren(QPushButton)
            return next((b for b in buttons if b.text() == "Open models folder"), None)

        await until(lambda: button() is not None and button().isVisible())
        qtbot.mouseClick(button(), Qt.MouseButton.LeftButton)

        assert wanted
