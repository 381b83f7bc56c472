"""Conversations, their turns and where they are kept."""
