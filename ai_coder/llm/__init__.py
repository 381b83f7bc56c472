"""Talking to models: providers, their state, their models."""
