"""Steps of the context window that is asked of servers that take it with a request."""

from __future__ import annotations

SMALLEST_WINDOW = 8 * 1024


def window_step(tokens: int, *, most: int | None = None) -> int:
    """Return the smallest of 8k, 16k, 32k … that holds *tokens*, at most *most*.

    Steps keep the window from changing with every message, which would reload the model.
    """
    window = SMALLEST_WINDOW
    while window < tokens:
        window *= 2
    return min(window, most) if most else window


def next_window(current: int, *, most: int | None = None) -> int | None:
    """Return the step above *current*; None when the model has no larger one."""
    larger = window_step(current + 1, most=most)
    return larger if larger > current else None
