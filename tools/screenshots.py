"""Take the pictures of the README from the running application.

    python tools/screenshots.py [--folder docs/images] [--scale 1]

Starts the real window with the real built-in engine and the scripted LM Studio and Ollama of
the tests, in a home of its own, has a few conversations, and saves a picture of each view in
light and dark. On a machine without a display: `xvfb-run -a python tools/screenshots.py`, or
`QT_QPA_PLATFORM=offscreen`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QComboBox, QPlainTextEdit

from ai_coder.core import load_settings, open_core
from ai_coder.owners.workbench import Workbench
from ai_coder.paths import find_paths
from ai_coder.ui.application_look import ApplicationLook
from ai_coder.ui.event_loop import EventLoop
from ai_coder.ui.main_window import MainWindow
from ai_coder.ui.theme import Theme
from tests.conftest import until
from tests.fake_lm_studio import FakeLMStudio, LMModel
from tests.fake_ollama import FakeOllama, OllamaModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parent.parent
GUIDE = "llama_cpp/guide"
CODER = "lm_studio/qwen2.5-coder-7b-instruct"
LLAMA = "ollama/llama3.2:3b"
REF = Qt.ItemDataRole.UserRole
USUAL_FOLDER = "~/.local/share/ai-coder-assistant/models"
THEMES = ("light", "dark")

CODE_ANSWER = """\
A GGUF file starts with a fixed header of 24 bytes, little-endian:

| Offset | Bytes | Field |
|-------:|------:|:------|
| 0 | 4 | magic `GGUF` |
| 4 | 4 | version, 3 today |
| 8 | 8 | number of tensors |
| 16 | 8 | number of metadata pairs |

So one `struct` format reads all of it:

```python
from pathlib import Path
from struct import Struct
from typing import NamedTuple

HEADER = Struct("<4sIQQ")


class Header(NamedTuple):
    version: int
    tensors: int
    pairs: int


def read_header(path: Path) -> Header:
    with path.open("rb") as file:
        magic, *fields = HEADER.unpack(file.read(HEADER.size))
    if magic != b"GGUF":
        raise ValueError(f"{path.name} is not a GGUF file")
    return Header(*fields)
```

`unpack` raises `struct.error` for a file that is shorter than the header.
"""

CHATS = (
    (
        CODER,
        "Why is this test flaky?",
        "It waits for a fixed time instead of for the event. Wait for the condition itself.",
    ),
    (
        LLAMA,
        "Write a regular expression for the time stamp of nginx logs",
        r"Use `\[(?P<time>[^\]]+)\]`, then parse it with `datetime.strptime`.",
    ),
    (GUIDE, "How do I connect LM Studio?", ""),
    (CODER, "Write a reader for the header of a GGUF file in Python", CODE_ANSWER),
)


class Application:
    """The running application, and what its user does."""

    wanted: tuple[str, ...] = ()
    """Models that each picture waits for: a busy computer may seem to have lost its servers."""

    def __init__(self, workbench: Workbench, theme: Theme, folder: Path) -> None:
        self.workbench = workbench
        self.window = workbench.window
        self._theme = theme
        self._folder = folder

    async def ask(self, ref: str, prompt: str) -> None:
        """Send a prompt in a new chat and wait for the answer."""
        pane = self.workbench.pane
        if pane.chat is not None and pane.chat.session.messages:
            shown = pane.chat
            pane.new_chat()
            await until(lambda: pane.chat is not shown)
        picker = self.window.findChild(QComboBox, "modelPicker")
        picker.setCurrentIndex(picker.findData(ref, REF))
        edit = self.window.findChild(QPlainTextEdit, "promptEdit")
        edit.setPlainText(prompt)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        await until(lambda: len(pane.chat.session.messages) == 2, 20)
        await until(lambda: not pane.chat.is_running, 60)

    async def read_from_the_start(self) -> None:
        """Show the first message of the chat."""
        pane = self.workbench.pane
        pane.view.transcript.scroll_to(pane.chat.session.messages[0].id)
        self.workbench.window.status.set_message("")
        await asyncio.sleep(0.3)

    async def picture(self, name: str) -> None:
        """Save what the window shows, in both themes."""
        for theme in THEMES:
            self._theme.configure(theme, 100, reduced_motion=True)
            await asyncio.sleep(0.6)  # highlighting and pictures of blocks come after a frame
            await until(self.has_models, 60)
            path = self._folder / f"{name}-{theme}.png"
            if not self.window.grab().save(str(path)):
                raise SystemExit(f"{path} cannot be written.")
            print(path)

    def has_models(self) -> bool:
        """Return whether every model that is wanted can be chosen now."""
        picker = self.workbench.picker
        return all(picker.findData(ref, REF) >= 0 for ref in self.wanted)


@asynccontextmanager
async def opened(app: QApplication, folder: Path, environment: dict) -> AsyncIterator[Application]:
    """Open the application in its own home."""
    paths = find_paths(environment)
    theme = Theme(paths.resources / "themes")
    theme.configure("light", 100, reduced_motion=True)
    look = ApplicationLook(app, theme)
    look.complete()
    store, loaded = load_settings(paths, environment)
    async with open_core(paths, store, loaded, environment) as core:
        window = MainWindow(theme)
        workbench = Workbench(core, theme, window)
        window.show()
        try:
            await workbench.start()
            await until(lambda: window.findChild(QComboBox, "modelPicker").count() > 0, 20)
            yield Application(workbench, theme, folder)
        finally:
            await workbench.aclose()
            window.hide()
            theme.changed.disconnect(look.apply)


def servers() -> tuple[FakeLMStudio, FakeOllama]:
    """Return an LM Studio with one model in memory, and an Ollama."""
    coder = LMModel("qwen2.5-coder-7b-instruct")
    coder.load(32768)
    small = LMModel("qwen3-4b", size_bytes=2_497_280_256, params="4B", reasoning=("off", "on"))
    seeing = LMModel("gemma-3-12b-it", size_bytes=8_149_190_253, params="12B", vision=True)
    lm_studio = FakeLMStudio(models=[coder, small, seeing])
    lm_studio.token_delay = 0.025
    other = OllamaModel("qwen3:8b", "qwen3", "8.2B", size=5_225_388_164)
    return lm_studio, FakeOllama(models=[OllamaModel("llama3.2:3b"), other])


def nowhere(port: int, variable: str, address: str) -> dict[str, str]:
    """Return how to name an address without a server, if the usual port has one."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return {variable: address} if probe.connect_ex(("127.0.0.1", port)) == 0 else {}


async def started(server: FakeLMStudio | FakeOllama, port: int, variable: str) -> dict[str, str]:
    """Start a server at its usual port; where that is taken, return how another one is named."""
    try:
        await server.start(port)
    except OSError:
        await server.start()
        return {variable: server.url}
    return {}


async def take_all(app: QApplication, folder: Path) -> None:
    """Take every picture."""
    nothing = {
        **nowhere(1234, "LM_STUDIO_BASE_URL", "http://127.0.0.1:9/v1"),
        **nowhere(11434, "OLLAMA_HOST", "127.0.0.1:9"),
    }
    with tempfile.TemporaryDirectory() as home:
        async with opened(app, folder, {"AI_CODER_HOME": home, **nothing}) as shown:
            await asyncio.sleep(2)  # every server was asked
            await shown.picture("welcome")
    lm_studio, ollama = servers()
    environment = {
        **await started(lm_studio, 1234, "LM_STUDIO_BASE_URL"),
        **await started(ollama, 11434, "OLLAMA_BASE_URL"),
    }
    with tempfile.TemporaryDirectory() as home:
        async with opened(app, folder, {"AI_CODER_HOME": home, **environment}) as shown:
            shown.wanted = (CODER, LLAMA)
            await until(shown.has_models, 20)
            for ref, prompt, answer in CHATS:
                lm_studio.reply = ollama.reply = pieces(answer)
                await shown.ask(ref, prompt)
            await shown.read_from_the_start()
            await shown.picture("chat")
            for name in ("models", "settings"):
                await until(lambda key=name: key in shown.window._views, 20)  # noqa: SLF001  # views tell nobody
                shown.window.show_view(name)
                if name == "settings":
                    settings = shown.window.view("settings")
                    settings.show_tab("local_models")
                    settings.local_models.set_folder(USUAL_FOLDER)
                await shown.picture(name)
    lm_studio.close()
    ollama.close()


def pieces(text: str) -> list[str]:
    """Return *text* in pieces of about the size of a token."""
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--scale", default="1", help="pixels per point, such as 2 for fine screens")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ["QT_SCALE_FACTOR"] = options.scale
    app = QApplication(["ai-coder"])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: EventLoop(app)) as runner:
        runner.run(take_all(app, options.folder))


if __name__ == "__main__":
    main()
