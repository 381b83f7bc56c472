"""Words below a server of the grid: where values come from, what is wrong with a folder."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QCoreApplication


def folder_problem(text: str) -> str:
    """Return why *text* names no usable folder; empty when it does, or is empty itself."""
    if not text:
        return ""
    try:
        folder = Path(text).expanduser()
    except RuntimeError:  # `~name` of a user nobody knows
        return _tr("This folder does not exist. Choose one that does, or leave the field empty.")
    if not folder.is_absolute():
        return _tr("Enter the whole path of the folder, or choose it.")
    if folder.is_dir():
        return ""
    if folder.exists():
        return _tr("This is a file. Choose the folder that holds the model files.")
    return _tr("This folder does not exist. Choose one that does, or leave the field empty.")


def override_text(server: str, field: str, variable: str) -> str:
    """Return which environment variable sets a field of a server."""
    words = {
        "base_url": _tr("{server} URL comes from {variable}"),
        "timeout": _tr("{server} timeout comes from {variable}"),
        "max_retries": _tr("{server} retries come from {variable}"),
    }.get(field, _tr("{server}: a value comes from {variable}"))
    return words.format(server=server, variable=variable)


def _tr(text: str) -> str:
    return QCoreApplication.translate("RowWords", text)
