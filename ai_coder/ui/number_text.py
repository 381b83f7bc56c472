"""Amounts as people read them: tokens, windows, bytes, speeds, costs."""

from __future__ import annotations


def token_text(tokens: int) -> str:
    """Return 950, 1.2k, 32k or 1.1M; a window that is a multiple of 1024 reads as such."""
    if tokens < 1000:
        return str(tokens)
    if tokens % 1024 == 0 and tokens % 1000 != 0 and tokens < 1024 * 1024:
        return f"{tokens // 1024}k"
    if tokens < 1_000_000:
        digits = 1 if tokens < 100_000 else 0
        return f"{tokens / 1000:.{digits}f}k".replace(".0k", "k")
    divisor = 1024 * 1024 if tokens % (1024 * 1024) == 0 else 1_000_000
    return f"{tokens / divisor:.1f}M".replace(".0M", "M")


def window_text(served: int | None, maximum: int | None) -> str:
    """Return `32k / 128k`: the window that is served and the model's own maximum."""
    if served and maximum:
        return f"{token_text(served)} / {token_text(maximum)}"
    if served or maximum:
        return token_text(served or maximum or 0)
    return ""


def size_text(count: int) -> str:
    """Return 980 B, 1.2 kB, 3.4 MB or 18.6 GB."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.1f} {unit}".replace(".0 ", " ")
        amount /= 1000
    return f"{amount:.1f} GB"


def speed_number(tokens_per_second: float) -> str:
    """Return 38.2, 120 or 9,800."""
    digits = 1 if tokens_per_second < 100 else 0
    return f"{tokens_per_second:,.{digits}f}"


def cost_text(dollars: float) -> str:
    """Return $0.0042, $0.42 or free."""
    if dollars == 0:
        return "free"
    return f"${dollars:.4f}" if dollars < 0.1 else f"${dollars:.2f}"
