import struct

import pytest

from ai_coder.errors import EngineError
from ai_coder.llm.gguf import name_without_shard, read_gguf, shard_number
from tests.tiny_gguf import write_tiny_gguf


@pytest.fixture
def file(tmp_path):
    return write_tiny_gguf(tmp_path / "tiny.gguf", name="Tiny Model", layers=2, context=4096)


def test_header_says_what_the_model_is(file):
    model = read_gguf(file)

    assert (model.name, model.architecture, model.quantization) == ("Tiny Model", "llama", "F32")
    shape = model.shape
    assert (shape.context_length, shape.layers, shape.embedding_length) == (4096, 2, 32)
    assert (shape.heads, shape.kv_heads, shape.key_length, shape.value_length) == (4, (4,), 8, 8)
    assert model.size == file.stat().st_size
    assert model.parameters == 2 * 257 * 32 + 32 + 2 * (2 * 32 + 4 * 32 * 32 + 3 * 32 * 64)
    assert not model.is_embedding


def test_chat_template_tells_about_tools_and_thoughts(tmp_path):
    template = "{% if tools %}{{ tools }}{% endif %}<think>"
    model = read_gguf(write_tiny_gguf(tmp_path / "a.gguf", tokenizer__chat_template=template))

    assert model.has_tools
    assert model.has_reasoning


def test_plain_template_promises_nothing(file):
    model = read_gguf(file)

    assert not model.has_tools
    assert not model.has_reasoning
    assert not model.has_infill


def test_infill_is_known_by_its_tokens(tmp_path):
    file = write_tiny_gguf(tmp_path / "coder.gguf", general__note="<|fim_middle|>")

    assert read_gguf(file).has_infill


def test_split_model_is_counted_as_a_whole(tmp_path):
    parts = [write_tiny_gguf(tmp_path / f"big-{n:05}-of-00002.gguf") for n in (1, 2)]

    model = read_gguf(parts[0])

    assert model.size == sum(part.stat().st_size for part in parts)
    assert [shard_number(part) for part in parts] == [1, 2]
    assert name_without_shard(parts[0]) == "big"


def test_missing_part_is_named(tmp_path):
    first = write_tiny_gguf(tmp_path / "big-00001-of-00002.gguf")

    with pytest.raises(EngineError, match="a part of this model is missing"):
        read_gguf(first)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(EngineError, match=r"gone\.gguf: the file is not there any more"):
        read_gguf(tmp_path / "gone.gguf")


@pytest.mark.parametrize("content", [b"", b"GGU", b"<html>not found</html>", b"\0" * 100])
def test_other_file_is_not_a_model(tmp_path, content):
    file = tmp_path / "page.gguf"
    file.write_bytes(content)

    with pytest.raises(EngineError, match="not a GGUF model"):
        read_gguf(file)


def test_every_cut_is_noticed(file):
    content = file.read_bytes()

    for length in [*range(4, 300), *range(300, len(content), 997)]:
        file.write_bytes(content[:length])
        with pytest.raises(EngineError, match="incomplete"):
            read_gguf(file)


def test_other_version_is_named(file):
    content = file.read_bytes()
    file.write_bytes(content[:4] + struct.pack("<I", 9) + content[8:])

    with pytest.raises(EngineError, match="version that is not supported"):
        read_gguf(file)


def test_absurd_counts_are_damage(file):
    content = file.read_bytes()
    file.write_bytes(content[:8] + b"\xff" * 16 + content[24:])

    with pytest.raises(EngineError, match="damaged"):
        read_gguf(file)


def test_changed_bytes_never_escape_as_other_errors(file):
    content = bytearray(file.read_bytes())

    for position in range(4, 900, 3):
        changed = bytearray(content)
        changed[position] ^= 0xFF
        file.write_bytes(changed)
        try:
            read_gguf(file)
        except EngineError as error:
            assert error.details["model"] == "tiny.gguf"  # noqa: PT017  # many bytes only change a name
