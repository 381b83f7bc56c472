"""Writes the smallest model that llama.cpp runs: one layer of made-up weights, 256 byte tokens.

Its answers are gibberish, always the same ones; it stands for "any GGUF file".
"""

import random
import struct

ARRAY, STRING, U32, I32, F32, BOOL = 9, 8, 4, 5, 6, 7
EMBEDDING, FEED_FORWARD, HEADS, CONTEXT = 32, 64, 4, 1024
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}>{% endif %}"
)


def write_tiny_gguf(path, *, name="Tiny", layers=1, context=CONTEXT, seed=1, infill=False, **extra):
    """Write the model to *path*; *extra* are further string values of its header.

    With *infill* three of its tokens are declared to mark prefix, suffix and middle.
    """
    tokens = _byte_tokens()
    values = [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, name),
        ("general.file_type", U32, 0),
        ("llama.context_length", U32, context),
        ("llama.embedding_length", U32, EMBEDDING),
        ("llama.block_count", U32, layers),
        ("llama.feed_forward_length", U32, FEED_FORWARD),
        ("llama.attention.head_count", U32, HEADS),
        ("llama.attention.head_count_kv", U32, HEADS),
        ("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        ("llama.rope.dimension_count", U32, EMBEDDING // HEADS),
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "gpt-2"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens)),
        ("tokenizer.ggml.token_type", ARRAY, (I32, [1] * 256 + [3])),
        ("tokenizer.ggml.merges", ARRAY, (STRING, [])),
        ("tokenizer.ggml.bos_token_id", U32, 256),
        ("tokenizer.ggml.eos_token_id", U32, 256),
        ("tokenizer.ggml.add_bos_token", BOOL, False),
        ("tokenizer.chat_template", STRING, CHAT_TEMPLATE),
        *((f"tokenizer.ggml.fim_{part}_token_id", U32, 128 + n) for n, part in _infill(infill)),
        *((key.replace("__", "."), STRING, value) for key, value in extra.items()),
    ]
    tensors = _tensors(layers, len(tokens), random.Random(seed))
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    header += b"".join(
        _string(key) + struct.pack("<I", kind) + _value(kind, value) for key, kind, value in values
    )
    offset, blobs = 0, []
    for tensor, shape, numbers in tensors:
        blob = struct.pack(f"<{len(numbers)}f", *numbers)
        blob += bytes(-len(blob) % 32)
        header += _string(tensor) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        header += struct.pack("<IQ", 0, offset)
        offset += len(blob)
        blobs.append(blob)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + bytes(-len(header) % 32) + b"".join(blobs))
    return path


def _infill(is_wanted):
    return enumerate(("pre", "suf", "mid")) if is_wanted else ()


def _byte_tokens():
    """Return the characters that stand for the 256 bytes in GPT-2 style, and an end token."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)] + ["<|end|>"]


def _tensors(layers, vocabulary, chance):
    def matrix(rows, columns):
        return [chance.uniform(-0.3, 0.3) for _ in range(rows * columns)]

    def square(name):
        return name, (EMBEDDING, EMBEDDING), matrix(EMBEDDING, EMBEDDING)

    tensors = [
        ("token_embd.weight", (EMBEDDING, vocabulary), matrix(EMBEDDING, vocabulary)),
        ("output_norm.weight", (EMBEDDING,), [1.0] * EMBEDDING),
        ("output.weight", (EMBEDDING, vocabulary), matrix(EMBEDDING, vocabulary)),
    ]
    for layer in range(layers):
        block = f"blk.{layer}."
        tensors += [
            (block + "attn_norm.weight", (EMBEDDING,), [1.0] * EMBEDDING),
            *(square(f"{block}attn_{part}.weight") for part in ("q", "k", "v", "output")),
            (block + "ffn_norm.weight", (EMBEDDING,), [1.0] * EMBEDDING),
            (block + "ffn_gate.weight", (EMBEDDING, FEED_FORWARD), matrix(EMBEDDING, FEED_FORWARD)),
            (block + "ffn_up.weight", (EMBEDDING, FEED_FORWARD), matrix(EMBEDDING, FEED_FORWARD)),
            (block + "ffn_down.weight", (FEED_FORWARD, EMBEDDING), matrix(EMBEDDING, FEED_FORWARD)),
        ]
    return tensors


def _string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(kind, value):
    if kind == STRING:
        return _string(value)
    if kind == ARRAY:
        of, items = value
        return struct.pack("<IQ", of, len(items)) + b"".join(_value(of, item) for item in items)
    return struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind], value)
