"""Makes the Built-in guide: `python -m tools.train_guide`, for maintainers.

Reads `resources/guide/*.md`, trains a tiny model of the llama architecture on it, writes
`resources/models/guide.gguf` and measures it through llama.cpp. Install
`requirements/guide.txt` into an environment of its own first. Everything is drawn from one
seed; training takes about eight minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.guide.evaluation import Score, evaluate
from tools.guide.questions import read_guide

MODEL = Path(__file__).resolve().parents[1] / "resources" / "models" / "guide.gguf"


def main() -> int:
    """Train and measure, or measure only."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evaluate", action="store_true", help="measure the model that exists")
    parser.add_argument("--model", type=Path, default=MODEL, help="the model file")
    parser.add_argument("--wrong", action="store_true", help="also print each wrong answer")
    options = parser.parse_args()
    guide = read_guide()
    if not options.evaluate:
        _train(options.model)
    scores = evaluate(guide, options.model)
    _print(scores, show_wrong=options.wrong)
    trained = scores[0]
    return 0 if len(trained.wrong) <= trained.asked * 0.01 else 1


def _train(path: Path) -> None:
    import torch

    from tools.guide.model_file import write_model_file
    from tools.guide.training import Plan, train

    torch.set_num_threads(1)  # as quick as two on tensors this small, and the same everywhere
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # a check that costs time
    network, tokenizer = train(read_guide(), Plan())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_model_file(path, network, tokenizer)
    count = sum(weight.numel() for weight in network.parameters())
    print(f"{path.name}: {count:,} parameters, {path.stat().st_size:,} bytes")


def _print(scores: list[Score], *, show_wrong: bool) -> None:
    for score in scores:
        print(score)
        if show_wrong:
            for question, answer in score.wrong:
                print(f"   {question!r} -> {answer[:70]!r}")


if __name__ == "__main__":
    sys.exit(main())
