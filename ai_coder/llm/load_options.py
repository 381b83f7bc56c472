"""What a server accepts besides the window when it loads a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

LoadChoices: TypeAlias = Mapping[str, bool | int | float | str]
"""What was chosen, by the name of the option; what is left out is the server's choice."""


@dataclass(frozen=True, slots=True)
class LoadOption:
    """One option; its texts are untranslated, in the context `load_options`."""

    name: str
    label: str
    choices: tuple[tuple[str, bool | int | float | str], ...]
    """Text and value of each choice; the server's own choice comes before them."""
