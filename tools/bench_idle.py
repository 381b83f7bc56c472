"""What the application costs while nothing happens, with two servers to watch.

    python tools/bench_idle.py [--seconds 20]

The real window is opened in a process of its own, with a scripted LM Studio and a scripted
Ollama in another one. Its CPU time is measured while the window is visible and while it is
hidden. The goals are 0.5 % of one core and nothing: what is left then is the measuring itself.
On a display that others use as well, their events are counted, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

SETTLE = 12.0
"""Seconds until everything that follows the start is over."""

GOAL_VISIBLE, GOAL_HIDDEN = 0.5, 0.02
COOL_DOWN = 8.0
"""Seconds until the time limits of the last questions have run out in a hidden window."""


async def _serve() -> None:
    """Run both scripted servers and print their addresses."""
    from tests.fake_lm_studio import FakeLMStudio
    from tests.fake_ollama import FakeOllama

    lm_studio, ollama = FakeLMStudio(), FakeOllama()
    await lm_studio.start()
    await ollama.start()
    print(json.dumps([lm_studio.url, ollama.url]), flush=True)
    await asyncio.Event().wait()


async def _watch(seconds: float) -> dict[str, float]:
    """Open the window, and return the share of one core it takes, in percent, by state."""
    from PyQt6.QtWidgets import QApplication

    from ai_coder.core import load_settings, open_core
    from ai_coder.owners.workbench import Workbench
    from ai_coder.paths import find_paths
    from ai_coder.ui.application_look import ApplicationLook
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme

    paths = find_paths()
    store, loaded = load_settings(paths)
    theme = Theme(paths.resources / "themes")
    theme.configure("light", 100)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    look = ApplicationLook(app, theme)
    look.complete()
    async with open_core(paths, store, loaded) as core:
        window = MainWindow(theme)
        workbench = Workbench(core, theme, window)
        window.show()
        try:
            await workbench.start()
            await asyncio.sleep(SETTLE)
            states = core.catalogue.states()
            ready = [key for key, state in states.items() if state.can_chat]
            visible = await _share(seconds)
            window.hide()
            await asyncio.sleep(COOL_DOWN)
            hidden = await _share(seconds)
        finally:
            await workbench.aclose()
    return {"servers": len(ready), "visible": visible, "hidden": hidden}


async def _share(seconds: float) -> float:
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - wall) * 100


def _child(seconds: float) -> None:
    from PyQt6.QtWidgets import QApplication

    from ai_coder.ui.event_loop import EventLoop

    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: EventLoop(app)) as runner:
        print(json.dumps(runner.run(_watch(seconds))), flush=True)


def _measure(seconds: float) -> dict[str, float]:
    command = [sys.executable, __file__]
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen([*command, "--serve"], stdout=subprocess.PIPE, text=True) as servers,
    ):
        try:
            lm_studio, ollama = json.loads(servers.stdout.readline() if servers.stdout else "[]")
            environment = {
                **os.environ,
                "AI_CODER_HOME": home,
                "LM_STUDIO_BASE_URL": f"{lm_studio}/v1",
                "OLLAMA_HOST": ollama,
            }
            done = subprocess.run(
                [*command, "--watch", "--seconds", str(seconds)],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        finally:
            servers.terminate()
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> int:
    """Run the benchmark; return 0 when the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20, help="how long to measure")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--watch", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_serve())
        return 0
    if options.watch:
        _child(options.seconds)
        return 0
    figures = _measure(options.seconds)
    print(f"servers that answer: {figures['servers']:.0f}")
    print(f"visible: {figures['visible']:.2f} % of one core (goal {GOAL_VISIBLE})")
    print(f"hidden:  {figures['hidden']:.2f} % of one core (goal {GOAL_HIDDEN})")
    is_watching = figures["servers"] >= 2  # a figure without servers would say nothing
    is_good = figures["visible"] <= GOAL_VISIBLE and figures["hidden"] <= GOAL_HIDDEN
    is_good &= is_watching
    print("goals reached" if is_good else "goals missed")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
