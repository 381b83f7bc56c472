"""Writes the trained network as a GGUF file (llama_cpp.md, "Writing a GGUF")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import gguf
import numpy as np

from tools.guide.chat_format import CHAT_TEMPLATE, END, is_control

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

    from tools.guide.network import GuideNetwork, Shape

_BLOCK_TENSORS = {
    "attention_norm": "attn_norm",
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "output": "attn_output",
    "feed_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}


def write_model_file(path: Path, network: GuideNetwork, tokenizer: Tokenizer) -> None:
    """Write weights (F16, norms F32), vocabulary and chat template into one file."""
    writer = gguf.GGUFWriter(path, "llama")
    _add_description(writer, network.shape)
    _add_vocabulary(writer, tokenizer)
    for name, tensor in network.state_dict().items():
        kind = np.float16 if tensor.dim() == 2 else np.float32
        writer.add_tensor(_tensor_name(name), tensor.numpy().astype(kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_description(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_name("Built-in guide")
    writer.add_description("Answers questions about AI Coder Assistant; not a coding model.")
    writer.add_license("GPL-3.0-or-later")
    writer.add_languages(["en"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)


def _add_vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    tokens = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    end = tokenizer.token_to_id(END)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([token for token, _ in tokens])
    writer.add_token_types(
        [
            gguf.TokenType.CONTROL if is_control(token) else gguf.TokenType.NORMAL
            for token, _ in tokens
        ]
    )
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(end)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _tensor_name(name: str) -> str:
    """Return llama.cpp's name, such as `blk.0.attn_q.weight` for `blocks.0.query.weight`."""
    if name.startswith("blocks."):
        _, number, part, _ = name.split(".")
        return f"blk.{number}.{_BLOCK_TENSORS[part]}.weight"
    return {"embedding.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}[name]
