from __future__ import annotations

import pytest
from PyQt6.QtCore import QLocale

from ai_coder.llm.models import Locality, ModelConfig
from ai_coder.ui.catalogue.model_rows import facts, row_text
from ai_coder.ui.lifecycle_words import retirement_text


@pytest.fixture(autouse=True)
def english():
    """Dates as they are written in England."""
    before = QLocale()
    QLocale.setDefault(QLocale("en_GB"))
    yield
    QLocale.setDefault(before)


def model(**metadata):
    return ModelConfig(
        name="claude-sonnet-4-5",
        provider="anthropic",
        locality=Locality.CLOUD,
        context_length=200_000,
        metadata=metadata,
    )


def test_a_model_that_ends_says_when():
    ending = model(lifecycle="deprecated", retires_at="2026-11-30T00:00:00Z")

    assert retirement_text(ending) == "retired from 30/11/2026"
    assert facts(ending) == "200k · retired from 30/11/2026"


def test_an_end_without_a_day_is_said_as_well():
    assert retirement_text(model(lifecycle="deprecated")) == "will be retired"


def test_nothing_is_said_of_a_model_that_stays():
    assert retirement_text(model(lifecycle="active")) == ""
    assert retirement_text(model()) == ""


def test_a_model_of_a_company_need_not_be_loaded():
    assert "loaded" not in row_text(model())
