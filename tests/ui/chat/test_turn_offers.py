from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ai_coder.chat.branches import Branches
from ai_coder.chat.conversation import (
    Attachment,
    AttachmentKind,
    Failure,
    Message,
    MessageStatus,
)
from ai_coder.errors import (
    ContextOverflowError,
    ProviderUnreachableError,
    RequestTooLargeError,
)
from ai_coder.llm.catalogue import ModelCatalogue
from ai_coder.llm.models import (
    FinishReason,
    LoadedInstance,
    ModelConfig,
    Notice,
    NoticeKind,
    Role,
)
from ai_coder.ui.chat.message_display import MessageDisplay
from ai_coder.ui.chat.turn_offers import is_overflow, larger_window, overflow_offers

FILE = Attachment("a.py", AttachmentKind.TEXT, "text/plain", 3, "d")


def overflow(prompt_tokens=None, context_length=None, *, is_estimate=False):
    error = ContextOverflowError(
        model="qwen",
        provider="LM Studio",
        prompt_tokens=prompt_tokens,
        context_length=context_length,
        is_estimate=is_estimate,
    )
    return message(2, failure=Failure.of(error), status=MessageStatus.FAILED)


def message(number, role=Role.ASSISTANT, text="", **values):
    parent = number - 1 or None
    return Message(number, 1, parent, role, text, datetime.now(UTC), **values)


def model(served=8192, most=131_072):
    return ModelConfig(
        name="qwen",
        provider="lm_studio",
        context_length=most,
        instances=(LoadedInstance(id="qwen", context_length=served),),
    )


@pytest.mark.parametrize(
    ("failed", "served", "most", "window"),
    [
        (overflow(), 8192, 131_072, 16_384),
        (overflow(prompt_tokens=40_000), 8192, 131_072, 65_536),
        (overflow(prompt_tokens=40_000), 8192, 32_768, None),
        (overflow(prompt_tokens=40_000, is_estimate=True), 8192, 32_768, 32_768),
        (overflow(context_length=32_768), 4096, 131_072, 65_536),
        (overflow(), 32_768, 32_768, None),
    ],
)
def test_the_next_window_holds_what_was_sent_as_far_as_the_model_goes(failed, served, most, window):
    assert larger_window(failed, model(served, most)) == window


def test_a_window_that_is_unknown_is_taken_from_the_error():
    assert larger_window(overflow(context_length=16_384), None) == 32_768


@pytest.mark.parametrize(
    ("can_choose", "files", "actions"),
    [
        (True, (FILE,), ["reload_larger", "remove_attachments", "start_fresh"]),
        (True, (), ["reload_larger", "start_fresh"]),
        (False, (FILE,), ["remove_attachments", "start_fresh"]),
        (False, (), ["start_fresh"]),
    ],
)
def test_only_what_can_help_is_offered(can_choose, files, actions):
    prompt = message(1, Role.USER, "Read this", attachments=files)

    offers = overflow_offers(overflow(), prompt, model(), can_choose=can_choose)

    assert [offer.action for offer in offers] == actions


def test_only_what_was_not_sent_can_be_sent_anyway():
    estimated = overflow(20_000, 8192, is_estimate=True)

    offers = overflow_offers(estimated, None, model(), can_choose=False)

    assert [offer.action for offer in offers] == ["start_fresh", "send_anyway"]


@pytest.mark.parametrize(
    ("files", "actions"),
    [((FILE,), ["remove_attachments", "start_fresh"]), ((), ["start_fresh"])],
)
def test_a_larger_window_does_not_help_against_too_many_bytes(files, actions):
    error = RequestTooLargeError(provider="Anthropic", reason="over 32 MB")
    failed = message(2, failure=Failure.of(error), status=MessageStatus.FAILED)
    prompt = message(1, Role.USER, "Read this", attachments=files)

    offers = overflow_offers(failed, prompt, model(), can_choose=True)

    assert is_overflow(failed)
    assert [offer.action for offer in offers] == actions


def test_a_prompt_that_the_server_cut_gets_the_card_of_what_is_too_long():
    notice = Notice(NoticeKind.PROMPT_TRUNCATED, (("tokens", "3,100"),))
    answer = message(2, text="Hm", model_ref="lm_studio/qwen", notices=(notice,))
    display = MessageDisplay(ModelCatalogue({}), {}, lambda _provider: True)

    shown = display.shown(answer, Branches())

    assert is_overflow(answer)
    assert "dropped about 3,100 tokens" in shown.card.title
    assert [offer.action for offer in shown.card.offers] == ["reload_larger", "start_fresh"]
    assert shown.notes == ()


def test_an_answer_that_an_error_ended_in_its_middle_offers_to_continue_beside_the_remedy():
    display = MessageDisplay(ModelCatalogue({}), {})
    failure = Failure.of(ProviderUnreachableError(provider="LM Studio", url="http://x"))
    half = message(2, text="Half", failure=failure, status=MessageStatus.FAILED)
    blank = message(2, failure=failure, status=MessageStatus.FAILED)
    error = ContextOverflowError(provider="Ollama", model="llama", context_length=4096)
    too_long = message(2, text="Half", failure=Failure.of(error), status=MessageStatus.FAILED)

    def offers(answer, *, is_newest=True):
        card = display.shown(answer, Branches(), is_newest=is_newest).card
        return [offer.action for offer in card.offers]

    remedy = failure.remedy.value
    assert offers(half) == [remedy, "continue"]
    assert offers(half, is_newest=False) == [remedy]
    assert offers(blank) == [remedy]
    assert "continue" not in offers(too_long)


def test_every_cut_answer_offers_to_continue_and_others_do_not():
    display = MessageDisplay(ModelCatalogue({}), {})
    cut = message(2, text="Half", finish_reason=FinishReason.LENGTH)
    whole = message(2, text="Whole", finish_reason=FinishReason.STOP)
    blank = message(2, finish_reason=FinishReason.LENGTH)

    newest = display.shown(cut, Branches(), is_newest=True)
    assert [offer.action for offer in newest.card.offers] == ["continue"]
    assert display.shown(cut, Branches()).card.offers == ()
    assert display.shown(whole, Branches()).card is None
    assert display.shown(blank, Branches()).card is None
    assert display.shown(blank, Branches()).notes
