"""AI Coder Assistant: programming with AI models that run on your own computer."""

__version__ = "0.1.0"
