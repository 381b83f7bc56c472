"""How the Built-in guide model is made; see `tools/train_guide.py`."""
