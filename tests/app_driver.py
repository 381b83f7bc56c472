"""Run the application as `python -m ai_coder` does, and act as its user would.

python -m tests.app_driver close            close the window as soon as the chat is there
python -m tests.app_driver close-at-once    close it while the first frame is painted
python -m tests.app_driver ask REF TEXT     send a prompt to a model, then stay
python -m tests.app_driver first-frame      print the modules that the first frame needed
"""

from __future__ import annotations

import sys

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QComboBox, QPlainTextEdit

from ai_coder import app

ACTION, *WORDS = sys.argv[1:]
REF = Qt.ItemDataRole.UserRole


class DrivenWindow(app.MainWindow):
    """Does what the command line asks once the chat is there and a model is chosen."""

    def showEvent(self, event):
        super().showEvent(event)
        if ACTION == "close-at-once":
            QTimer.singleShot(0, self.close)

    def add_view(self, key, *rest, **options):
        super().add_view(key, *rest, **options)
        if key == "chat":
            self._timer = QTimer(self, interval=20, timeout=self._act)
            self._timer.start()

    def _act(self):
        picker = self.findChild(QComboBox, "modelPicker")
        row = picker.findData(WORDS[0], REF) if WORDS else picker.currentIndex()
        if row < 0 or not picker.itemData(row, REF):
            return
        self._timer.stop()
        picker.setCurrentIndex(row)
        if ACTION == "close":
            self.close()
        elif ACTION == "ask":
            prompt = self.findChild(QPlainTextEdit, "promptEdit")
            prompt.setPlainText(" ".join(WORDS[1:]))
            QTest.keyClick(prompt, Qt.Key.Key_Return)


def print_modules(window, _modules):
    """Paint the first frame, say what was imported for it, and end."""
    window.show()
    window.grab()
    sys.stdout.write("\n".join(sorted(sys.modules)))
    window.close()


if __name__ == "__main__":
    app.MainWindow = DrivenWindow
    if ACTION == "first-frame":
        app.paint_then_import = print_modules
    sys.exit(app.main(["ai-coder"]))
