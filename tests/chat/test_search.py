from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ai_coder.chat.conversation import Message
from ai_coder.chat.search import SearchOrder, SearchQuery, marked, match_expression
from ai_coder.llm.models import Role
from tests.chat.conftest import begin_turn


@pytest.fixture
def chats(loop, store):
    """Two conversations: (text, model) per message, a day apart, the last one today."""

    async def fill():
        now = datetime.now(UTC)
        entries = [
            [("How do I sort a list?", None), ("Use sorted() or list.sort()", "a/one")],
            [("Überprüfe die Datei naïve_bayes.py", None), ("It sorts sorted sorts", "b/two")],
        ]
        for day, texts in enumerate(entries):
            conversation = await store.create_conversation(f"Chat {day}")
            at = now - timedelta(days=len(entries) - 1 - day)
            prompt, answer = (
                Message(0, conversation.id, None, role, text, at, model_ref=model)
                for role, (text, model) in zip((Role.USER, Role.ASSISTANT), texts, strict=True)
            )
            await begin_turn(store, prompt, answer)

    loop.run_until_complete(fill())
    return store


async def ids(store, text, **filters):
    return [hit.message_id for hit in await store.search(SearchQuery(text, **filters))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sort", [4, 2, 1]),
        ("sort list", [2, 1]),
        ("LIST sor", [2, 1]),
        ("sort ", [2, 1]),
        ('"a list"', [1]),
        ("uberprufe", [3]),
        ("naive", [3]),
        ("s", []),
        ("a", [1]),
        ("list.sort()", [2]),
        ("", []),
        ("()", []),
        ('"', []),
        ('NOT OR AND "', []),
        ("sort* OR (", [2]),
        ("nothing", []),
    ],
)
async def test_words_find_messages_newest_first(chats, text, found):
    assert await ids(chats, text) == found


async def test_filters_narrow_the_search(chats):
    yesterday = datetime.now(UTC) - timedelta(hours=12)

    assert await ids(chats, "sort", model_ref="a/one") == [2, 1]
    assert await ids(chats, "sort ", model_ref="b/two") == []
    assert await ids(chats, "sort", since=yesterday) == [4]
    assert await ids(chats, "sort", until=yesterday) == [2, 1]
    assert await ids(chats, "sort", conversation_id=1) == [2, 1]
    assert await ids(chats, "sort", limit=1, offset=1) == [2]
    assert await chats.models_used() == ["a/one", "b/two"]


async def test_a_prompt_is_of_every_model_that_answered_it(chats):
    again = Message(0, 1, 1, Role.ASSISTANT, "sort it", datetime.now(UTC), model_ref="c/three")
    await begin_turn(chats, None, replace(again, answered_by="d/four"))

    assert await ids(chats, "sort", model_ref="a/one") == [2, 1]
    assert await ids(chats, "sort", model_ref="c/three") == [5, 1]
    assert await ids(chats, "sort", model_ref="d/four") == [5, 1]
    assert await ids(chats, "sort", model_ref="d/four", order=SearchOrder.RANKED) == [5, 1]


async def test_ranked_search_puts_the_best_first(chats):
    assert (await ids(chats, "sorted", order=SearchOrder.RANKED))[0] == 4


async def test_hits_say_where_the_words_are(chats):
    (hit,) = await chats.search(SearchQuery("use"))

    assert hit.conversation_title == "Chat 0"
    assert hit.role is Role.ASSISTANT
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Use"]


async def test_chats_in_the_bin_are_not_found(chats):
    await chats.delete(1)

    assert await ids(chats, "sort") == [4]


async def test_scripts_without_spaces_are_found_inside_words(store):
    conversation = await store.create_conversation()
    now = datetime.now(UTC)
    message = Message(0, conversation.id, None, Role.USER, "x" * 50 + "ファイルを読み込む", now)
    await begin_turn(store, None, message)

    (hit,) = await store.search(SearchQuery("読み"))

    assert [hit.snippet[start:end] for start, end in hit.marks] == ["読み"]
    assert hit.snippet.startswith("…")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("python 中文", ["Python", "中文"]),
        ("中文 Python", ["Python", "中文"]),
        ("Python 测试", ["Python", "测试"]),
        ("测试 pyth", ["Pyth", "测试"]),
        ("pyth 测试", ["Pyth", "测试"]),
        ("测试 中文", ["中文", "测试"]),
        ("api文档", ["API文档"]),
        ("文档 api", ["API", "文档", "API"]),
        ('"的 API"', ["的 API"]),
        ("Python 日本", None),
        ("Java 中文", None),
        ("・", None),
    ],
)
async def test_words_of_any_script_are_found_in_any_order(store, text, found):
    conversation = await store.create_conversation()
    written = "Answer with Python 中文测试 and the API文档 的 API"
    now = datetime.now(UTC)
    await begin_turn(store, None, Message(0, conversation.id, None, Role.USER, written, now))
    await begin_turn(store, None, Message(0, conversation.id, None, Role.USER, "中 Python", now))

    hits = await store.search(SearchQuery(text))

    shown = [hit.snippet[start:end] for hit in hits for start, end in hit.marks]
    assert (shown or None) == found


def test_marks_survive_control_characters_in_the_text():
    assert marked("a\x02b\x03c\x03d\x02") == ("abcd", ((1, 2),))


def test_only_the_word_being_typed_matches_beginnings():
    assert match_expression("foo ba") == '"foo" "ba"*'
    assert match_expression("foo ba ") == '"foo" "ba"'


async def test_scripts_without_spaces_are_found_by_the_model_that_answered(store):
    conversation = await store.create_conversation()
    now = datetime.now(UTC)
    prompt = Message(0, conversation.id, None, Role.USER, "这个模型很好", now)
    answer = Message(0, conversation.id, None, Role.ASSISTANT, "模型", now, model_ref="a/one")
    await begin_turn(store, prompt, answer)

    assert await ids(store, "模型", model_ref="a/one") == [2, 1]
    assert await ids(store, "模型", model_ref="b/two") == []
