"""Finds the model files on this computer and remembers what their headers say."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ai_coder.errors import EngineError
from ai_coder.llm.gguf import GGUFModel, name_without_shard, read_gguf, shard_number
from ai_coder.llm.providers.lm_studio_program import lm_studio_home

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = "guide"
"""The id of the built-in guide."""

_LM_STUDIO = "lm-studio"
_DEEPEST = 4
_NOT_A_MODEL = ("clip", "mmproj")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model on disk; `problem` says why it cannot be used, `model` is then None."""

    id: str
    path: Path
    publisher: str | None = None
    model: GGUFModel | None = None
    problem: EngineError | None = None

    @property
    def is_guide(self) -> bool:
        """Whether it is the guide that ships with the application."""
        return self.id == GUIDE

    @property
    def title(self) -> str:
        """What people call the file."""
        return name_without_shard(self.path)


class ModelLibrary:
    """The model files of some folders; scanning blocks and belongs into a thread."""

    def __init__(self, guide: Path, folder: Path, home: Path) -> None:
        self.folder = folder
        self._guide = guide
        self._home = home
        self._known: dict[Path, tuple[tuple[int, int], GGUFModel | EngineError]] = {}

    def scan(self) -> list[ModelFile]:
        """Return the guide, the files of the user's folder, and those of LM Studio."""
        files = [self._file(GUIDE, self._guide)] if self._guide.is_file() else []
        seen = set()
        for root, prefix in ((self.folder, ""), (lm_studio_models(self._home), _LM_STUDIO + "/")):
            for path in _gguf_files(root):
                place = path.resolve()
                if place in seen:
                    continue
                seen.add(place)
                relative = path.relative_to(root)
                name = (relative.parent / name_without_shard(path)).as_posix()
                is_taken = not prefix and name == GUIDE
                publisher = relative.parts[0] if prefix and len(relative.parts) > 1 else None
                files.append(
                    self._file(prefix + name + (".gguf" if is_taken else ""), path, publisher)
                )
        return [file for file in files if not (file.model and _is_part(file.model))]

    def _file(self, name: str, path: Path, publisher: str | None = None) -> ModelFile:
        header = self._header(path)
        if isinstance(header, EngineError):
            return ModelFile(name, path, publisher, problem=header)
        return ModelFile(name, path, publisher, model=header)

    def _header(self, path: Path) -> GGUFModel | EngineError:
        try:
            status = path.stat()
        except OSError:
            stamp = (0, 0)
        else:
            stamp = (status.st_mtime_ns, status.st_size)
        known = self._known.get(path)
        if known and known[0] == stamp:
            return known[1]
        header: GGUFModel | EngineError
        try:
            header = read_gguf(path)
        except EngineError as error:
            header = error.with_traceback(None)
        self._known[path] = (stamp, header)
        return header


def lm_studio_models(home: Path) -> Path:
    """Return the folder in which LM Studio keeps models (lmstudio.md §6.3); only ever read."""
    root = lm_studio_home(home)
    try:
        settings = json.loads((root / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        settings = {}
    folder = settings.get("downloadsFolder") if isinstance(settings, dict) else None
    return Path(folder) if isinstance(folder, str) and folder else root / "models"


def _gguf_files(root: Path) -> Iterator[Path]:
    """Yield the first part of every model below *root*, a few folders deep, in order."""
    for folder, folders, names in os.walk(root, onerror=None):
        here = Path(folder)
        if len(here.relative_to(root).parts) >= _DEEPEST:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = here / name
            is_model = path.suffix.lower() == ".gguf" and "mmproj" not in name.lower()
            if is_model and shard_number(path) == 1 and not name.startswith("."):
                yield path


def _is_part(model: GGUFModel) -> bool:
    """Whether the file only adds pictures to another model."""
    return model.architecture in _NOT_A_MODEL
