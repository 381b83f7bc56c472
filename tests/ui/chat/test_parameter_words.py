from __future__ import annotations

from ai_coder.llm.models import GenerationParameters, ResponseFormat
from ai_coder.ui.chat.parameter_words import set_parameters


def test_only_what_is_set_is_named_with_its_value():
    parameters = GenerationParameters(
        temperature=0.5,
        top_k=40,
        stop=("END", "STOP"),
        response_format=ResponseFormat.JSON_SCHEMA,
        json_schema={"type": "object"},
    )

    words = set_parameters(parameters)

    assert set(words) == {
        "Temperature 0.5",
        "Top K 40",
        "Stop at “END”, “STOP”",
        "Answer as JSON schema",
    }
    assert set_parameters(GenerationParameters()) == []
