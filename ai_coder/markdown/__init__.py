"""Markdown of an answer, split into blocks and ready to be laid out."""
