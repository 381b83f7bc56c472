"""Sizes and windows as people read them."""

from __future__ import annotations


def size_text(size: int) -> str:
    """Return bytes as 2 MB or 4.7 GB, in powers of ten like the servers do."""
    if size < 1_000_000_000:
        return f"{max(1, round(size / 1_000_000))} MB"
    return f"{size / 1_000_000_000:.1f} GB"


def count_text(tokens: int) -> str:
    """Return 950, 11.2k, 32k or 1M; windows are powers of two and read as such."""
    if tokens < 1000:
        return str(tokens)
    if tokens % 1024 == 0:
        return f"{tokens // 1024 // 1024}M" if tokens % (1024 * 1024) == 0 else f"{tokens // 1024}k"
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.1f}M"
    return f"{tokens / 1000:.1f}k" if tokens < 100_000 else f"{tokens / 1000:.0f}k"


def window_text(served: int | None, maximum: int | None) -> str:
    """Return `32k / 128k`: the window that is served and the model's own maximum."""
    if served and maximum:
        return f"{count_text(served)} / {count_text(maximum)}"
    if served or maximum:
        return count_text(served or maximum or 0)
    return ""


def cost_text(dollars: float) -> str:
    """Return $0.0042, $0.42 or free."""
    if dollars == 0:
        return "free"
    return f"${dollars:.4f}" if dollars < 0.1 else f"${dollars:.2f}"
