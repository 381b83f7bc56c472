"""Ten minutes of silence through provider, manager and session, on a clock that jumps."""

from __future__ import annotations

import asyncio

import pytest

from ai_coder.chat.conversation import MessageStatus
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.turn_stream import TurnStream
from ai_coder.llm.catalogue import ModelCatalogue
from ai_coder.llm.context_budget import ContextBudget
from ai_coder.llm.llm_manager import LLMManager
from ai_coder.llm.measurements import Measurements
from ai_coder.llm.models import Phase, PhaseChanged, ProviderConfig, Timings, TokenUsage
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from tests.fake_lm_studio import FakeLMStudio, LMModel
from tests.fake_ollama import FakeOllama, OllamaModel
from tests.llm import simulated_time
from tests.llm.test_openai_silence import simulated

TEN_MINUTES = 600
LM_STUDIO = ("lm_studio", "qwen", lambda: FakeLMStudio(models=[LMModel("qwen")]))
OLD_LM_STUDIO = ("lm_studio", "qwen", lambda: FakeLMStudio(models=[LMModel("qwen")], level="v1"))
OLLAMA = ("ollama", "llama3.2:3b", lambda: FakeOllama(models=[OllamaModel("llama3.2:3b")]))


@pytest.mark.parametrize("knob", ["load_delay", "prefill_delay"])
@pytest.mark.parametrize(
    ("provider_id", "model", "make"),
    [LM_STUDIO, OLD_LM_STUDIO, OLLAMA],
    ids=["LM Studio", "old LM Studio", "Ollama"],
)
def test_ten_minutes_of_silence_end_in_an_answer(
    tmp_path, monkeypatch, provider_id, model, make, knob
):
    monkeypatch.setattr(simulated_time, "GRACE", 0.004)  # an estimate a second is many jumps
    phases = []

    async def play():
        server = make()
        setattr(server, knob, TEN_MINUTES)
        await server.start()
        config = ProviderConfig(base_url=server.url, timeout=60, max_retries=0)
        network = Network()
        manager = LLMManager({provider_id: config}, {}, lambda _id: ProviderServices(network))
        catalogue, measured = ModelCatalogue({}), Measurements()
        catalogue.update(provider_id, await manager.providers[provider_id].probe())
        ref = f"{provider_id}/{model}"
        measured.note(ref, Timings(prompt_per_second=0.01), TokenUsage(input_tokens=900))
        stream = TurnStream(manager, catalogue, ContextBudget(), measured)
        store = ChatStore(tmp_path / "chats.db")
        await store.open()
        conversation = await store.create_conversation(model_ref=ref)
        session = ChatSession(store, conversation, stream)
        async for event in session.send("Hello"):
            if isinstance(event, PhaseChanged):
                phases.append(event)
        answer = session.messages[-1]
        assert answer.failure is None
        assert (answer.text, answer.status) == ("Hello world", MessageStatus.COMPLETE)
        assert len(server.requests) > 5, "nobody looked after the silent server"
        await store.aclose()
        await manager.aclose()
        server.close()
        await asyncio.sleep(1)

    assert simulated(play) >= TEN_MINUTES
    assert {phase.phase for phase in phases} >= {Phase.CONNECTING, Phase.WRITING}
