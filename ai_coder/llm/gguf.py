"""Reads the header of a GGUF file: what the model is, without loading it."""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_coder.errors import EngineError
from ai_coder.llm.gguf_tables import FILE_TYPES, TENSOR_BLOCKS
from ai_coder.llm.model_shape import ModelShape, shape_of_header
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_ENTRIES = 1 << 20
_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_LONGEST_KEPT_ARRAY = 1024
_INFILL_KEYS = ("middle_token_id", "fim_mid_token_id")
_INFILL_TOKENS = ("<|fim_middle|>", "<fim_middle>", "<｜fim▁end｜>")
_SHARD = re.compile(r"-(?P<number>\d{5})-of-(?P<count>\d{5})$")

MISSING = QT_TRANSLATE_NOOP("errors", "the file is not there any more.")
UNREADABLE = QT_TRANSLATE_NOOP("errors", "the file cannot be read.")
NOT_GGUF = QT_TRANSLATE_NOOP("errors", "the file is not a GGUF model.")
OTHER_VERSION = QT_TRANSLATE_NOOP("errors", "the file has a GGUF version that is not supported.")
DAMAGED = QT_TRANSLATE_NOOP("errors", "the file is damaged.")
INCOMPLETE = QT_TRANSLATE_NOOP("errors", "the file is incomplete; its download did not finish.")
SHARD_MISSING = QT_TRANSLATE_NOOP("errors", "a part of this model is missing beside it.")


@dataclass(frozen=True, slots=True)
class GGUFModel:
    """What the header of a model says; sizes in bytes, None where it does not say."""

    path: Path
    architecture: str
    name: str | None
    quantization: str | None
    parameters: int
    size: int
    shape: ModelShape
    is_embedding: bool
    has_infill: bool
    chat_template: str

    @property
    def has_tools(self) -> bool:
        """Whether the chat template renders tools."""
        return "tools" in self.chat_template

    @property
    def has_reasoning(self) -> bool:
        """Whether the chat template knows thoughts."""
        return "<think>" in self.chat_template or "reasoning_content" in self.chat_template


def read_gguf(path: Path) -> GGUFModel:
    """Return what the header of *path* says, with all shards of a split model counted.

    Raises `EngineError` with the reason in words when the file, or a shard, is broken.
    """
    first = _read_file(path)
    values, parameters, size = first.values, first.parameters, first.size
    for shard in _other_shards(path):
        part = _read_file(shard)
        parameters += part.parameters
        size += part.size
    architecture = str(values.get("general.architecture", ""))
    return GGUFModel(
        path=path,
        architecture=architecture,
        name=str(values["general.name"]) if values.get("general.name") else None,
        quantization=FILE_TYPES.get(values.get("general.file_type", -1)),
        parameters=parameters,
        size=size,
        shape=shape_of_header(values),
        is_embedding="bert" in architecture or bool(values.get(f"{architecture}.pooling_type")),
        has_infill=first.has_infill,
        chat_template=str(values.get("tokenizer.chat_template", "")),
    )


def shard_number(path: Path) -> int:
    """Return which part of a split model *path* is; 1 for a model in one file."""
    found = _SHARD.search(path.stem)
    return int(found["number"]) if found else 1


def name_without_shard(path: Path) -> str:
    """Return the name of a model file without its suffix and its part number."""
    return _SHARD.sub("", path.stem)


@dataclass(frozen=True, slots=True)
class _File:
    values: dict[str, Any]
    parameters: int
    size: int
    has_infill: bool


class _Reader:
    """Walks through the header; raises `struct.error` or `IndexError` at its end."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def number(self, code: str) -> Any:  # noqa: ANN401  # a struct code says which
        shape = struct.Struct("<" + code)
        (value,) = shape.unpack_from(self.data, self.at)
        self.at += shape.size
        return value

    def text(self) -> str:
        length = self.number("Q")
        start = self.at
        self._skip(length)
        return self.data[start : self.at].decode("utf-8", "replace")

    def value(self, kind: int) -> Any:  # noqa: ANN401  # the file says which
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._array(self.number("I"), self.number("Q"))
        return self.number(_SCALARS[kind])

    def _array(self, kind: int, count: int) -> list[Any] | None:
        """Return the items of a short array; a long one, such as a vocabulary, is passed over."""
        if count <= _LONGEST_KEPT_ARRAY:
            return [self.value(kind) for _ in range(count)]
        if kind == _STRING:
            for _ in range(count):
                self._skip(self.number("Q"))
        elif kind == _ARRAY:
            for _ in range(count):
                self.value(kind)
        else:
            self._skip(count * struct.calcsize("<" + _SCALARS[kind]))
        return None

    def _skip(self, length: int) -> None:
        self.at += length
        if self.at > len(self.data):
            raise IndexError


def _read_file(path: Path) -> _File:
    try:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                raise EngineError(model=path.name, reason=NOT_GGUF)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _read_header(path, _Reader(data))
    except FileNotFoundError as error:
        raise EngineError(model=path.name, reason=MISSING) from error
    except OSError as error:
        raise EngineError(model=path.name, reason=UNREADABLE, raw=str(error)) from error
    except (struct.error, IndexError) as error:
        raise EngineError(model=path.name, reason=INCOMPLETE) from error
    except (KeyError, OverflowError, RecursionError) as error:
        raise EngineError(model=path.name, reason=DAMAGED) from error


def _read_header(path: Path, reader: _Reader) -> _File:
    reader.at = 4
    if reader.number("I") not in _VERSIONS:
        raise EngineError(model=path.name, reason=OTHER_VERSION)
    tensors, entries = reader.number("Q"), reader.number("Q")
    if max(tensors, entries) > _MOST_ENTRIES:
        raise EngineError(model=path.name, reason=DAMAGED)
    values: dict[str, Any] = {}
    for _ in range(entries):
        key = reader.text()
        values[key] = reader.value(reader.number("I"))
    end_of_values = reader.at
    parameters, end = _read_tensors(reader, tensors)
    alignment = values.get("general.alignment") or 32
    start = -(-reader.at // alignment) * alignment
    size = len(reader.data)
    if start + end > size:
        raise EngineError(model=path.name, reason=INCOMPLETE)
    has_infill = any(key.endswith(_INFILL_KEYS) for key in values) or any(
        reader.data.find(token.encode(), 0, end_of_values) >= 0 for token in _INFILL_TOKENS
    )
    return _File(values, parameters, size, has_infill)


def _read_tensors(reader: _Reader, count: int) -> tuple[int, int]:
    """Return the number of weights and where the last of them ends, from the start of the data."""
    parameters, end = 0, 0
    for _ in range(count):
        reader.text()
        elements = 1
        for _ in range(reader.number("I")):
            elements *= reader.number("Q")
        kind, offset = reader.number("I"), reader.number("Q")
        parameters += elements
        if kind in TENSOR_BLOCKS:
            weights, size = TENSOR_BLOCKS[kind]
            end = max(end, offset + elements // weights * size)
    return parameters, end


def _other_shards(path: Path) -> list[Path]:
    found = _SHARD.search(path.stem)
    if not found:
        return []
    count = int(found["count"])
    stem = name_without_shard(path)
    shards = [path.with_name(f"{stem}-{n:05}-of-{count:05}.gguf") for n in range(2, count + 1)]
    if not all(shard.is_file() for shard in shards):
        raise EngineError(model=path.name, reason=SHARD_MISSING)
    return shards
