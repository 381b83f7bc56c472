import sys
from dataclasses import replace

import pytest

from ai_coder.llm import memory
from ai_coder.llm.model_shape import shape_of_header
from ai_coder.llm.models import ModelConfig
from tests.tiny_gguf import write_tiny_gguf

GIB = 1024**3

SIZE = 4_683_073_536
HEADER = {
    "general.architecture": "qwen2",
    "qwen2.context_length": 32768,
    "qwen2.embedding_length": 3584,
    "qwen2.block_count": 28,
    "qwen2.attention.head_count": 28,
    "qwen2.attention.head_count_kv": 4,
}
QWEN_7B = shape_of_header(HEADER)


def test_cache_is_what_llama_cpp_reserves():
    # 28 layers x 4 heads x (128 + 128) x 2 bytes x 8192 tokens, "KV self size = 448 MiB"
    assert memory.estimate(SIZE, QWEN_7B, 8192).cache == 448 * 1024**2


def test_cache_grows_with_the_window_and_weights_do_not():
    small, large = memory.estimate(SIZE, QWEN_7B, 8192), memory.estimate(SIZE, QWEN_7B, 32768)

    assert large.cache == 4 * small.cache
    assert large.weights == small.weights == SIZE
    assert small.low < small.total < small.high


def test_heads_of_each_layer_are_added_up():
    mixed = replace(QWEN_7B, layers=3, kv_heads=(4, 0, 2))

    assert memory.estimate(SIZE, mixed, 1000).cache == 6 * 256 * 2 * 1000


@pytest.mark.parametrize("change", [{"sliding_window": 512}, {"layers": None}, {"kv_heads": ()}])
def test_less_is_known_about_unusual_models(change):
    plain = memory.estimate(SIZE, QWEN_7B, 8192)

    unusual = memory.estimate(SIZE, replace(QWEN_7B, **change), 8192)

    assert unusual.uncertainty > plain.uncertainty
    assert unusual.cache > 0


def test_heads_that_were_left_out_are_not_taken_for_all():
    untold = shape_of_header(HEADER | {"qwen2.attention.head_count_kv": None})

    assert untold.cache_numbers is None
    assert memory.estimate(SIZE, untold, 8192).uncertainty > 0.3
    older = {key: value for key, value in HEADER.items() if not key.endswith("_kv")}
    assert shape_of_header(older).kv_heads == (28,), "without the key every head has its own"


async def test_model_file_is_estimated_by_its_header(tmp_path):
    file = write_tiny_gguf(tmp_path / "tiny.gguf", layers=2, context=4096)
    model = ModelConfig(
        name="tiny", provider="llama_cpp", context_length=4096, metadata={"path": str(file)}
    )

    found = await memory.estimate_model(model, 1024)

    assert found.weights == file.stat().st_size
    assert found.cache == 2 * 4 * (8 + 8) * 2 * 1024
    assert (await memory.estimate_model(model, 99999)).cache == 4 * found.cache


async def test_model_of_a_server_is_estimated_by_what_it_says():
    model = ModelConfig(
        name="qwen", provider="ollama", size_bytes=SIZE, metadata={"header": HEADER}
    )

    assert await memory.estimate_model(model, 8192) == memory.estimate(SIZE, QWEN_7B, 8192)


async def test_model_known_by_its_size_only_is_a_rough_guess():
    model = ModelConfig(name="qwen", provider="lm_studio", size_bytes=SIZE)

    found = await memory.estimate_model(model, 8192)

    assert found.low < memory.estimate(SIZE, QWEN_7B, 8192).total < found.high


async def test_model_without_a_size_is_not_guessed_at():
    assert await memory.estimate_model(ModelConfig(name="gpt", provider="openai")) is None


async def test_vanished_file_is_not_guessed_at(tmp_path):
    gone = {"path": str(tmp_path / "gone.gguf")}

    assert await memory.estimate_model(ModelConfig(name="a", provider="b", metadata=gone)) is None


def test_this_computer_has_memory():
    found = memory.computer_memory()

    assert found is not None
    assert 0 < found.free <= found.total


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


MEMINFO = "MemTotal:       16777216 kB\nMemFree:  100 kB\nMemAvailable:    8388608 kB\n"


@pytest.mark.skipif(sys.platform == "win32", reason="reads files of Linux")
def test_available_memory_of_linux_is_what_counts(tmp_path):
    write(tmp_path, "proc/meminfo", MEMINFO)

    assert memory._linux(tmp_path) == memory.Memory(16 * GIB, 8 * GIB)


def test_limit_of_a_container_counts(tmp_path):
    write(tmp_path, "proc/meminfo", MEMINFO)
    write(tmp_path, "sys/fs/cgroup/memory.max", str(4 * GIB))
    write(tmp_path, "sys/fs/cgroup/memory.current", str(1 * GIB))

    assert memory._linux(tmp_path) == memory.Memory(4 * GIB, 3 * GIB)


def test_container_without_limit_is_the_computer(tmp_path):
    write(tmp_path, "proc/meminfo", MEMINFO)
    write(tmp_path, "sys/fs/cgroup/memory.max", "max\n")

    assert memory._linux(tmp_path) == memory.Memory(16 * GIB, 8 * GIB)


def test_system_that_does_not_tell_is_unknown(tmp_path):
    assert memory._linux(tmp_path) is None


def test_pages_of_macos_are_read():
    text = (
        "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n"
        "Pages free:                               10000.\n"
        "Pages active:                            400000.\n"
        "Pages inactive:                           20000.\n"
        "Pages speculative:                         1000.\n"
        "Pages wired down:                        100000.\n"
        "Pages purgeable:                            500.\n"
    )

    assert memory.memory_of_vm_stat(16 * GIB, text) == memory.Memory(16 * GIB, 31500 * 16384)


def test_other_output_of_macos_is_unknown():
    assert memory.memory_of_vm_stat(16 * GIB, "something else") is None
