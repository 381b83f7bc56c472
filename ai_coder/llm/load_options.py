"""What a server accepts besides the window when it loads a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig

LoadChoices: TypeAlias = Mapping[str, bool | int | float | str]
"""What was chosen, by the name of the option; what is left out is the server's choice."""


@dataclass(frozen=True, slots=True)
class LoadOption:
    """One option; its texts are untranslated, in the context `load_options`."""

    name: str
    label: str
    choices: tuple[tuple[str, bool | int | float | str], ...]
    """Text and value of each choice; the server's own choice comes before them."""

    is_for_mixtures: bool = False
    """Whether only models that are a mixture of experts take it."""

    def fits(self, model: ModelConfig) -> bool:
        """Return whether *model* takes it, as far as its size tells: 8x7B, 30B-A3B."""
        is_mixture = re.search(r"\d+x\d|-A\d", model.parameters or "", re.IGNORECASE)
        return not self.is_for_mixtures or is_mixture is not None
