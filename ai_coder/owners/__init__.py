"""Owners connect the views with the core: each one subject, none of them a widget."""
