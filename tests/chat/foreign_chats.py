"""Chats as other applications export them."""

from __future__ import annotations


def node(key, parent, children, role=None, **message):
    content = message.pop("content", None)
    body = {"author": {"role": role}, "content": content, **message} if role else None
    return {key: {"id": key, "message": body, "parent": parent, "children": children}}


def words(*parts):
    return {"content_type": "text", "parts": list(parts)}


CHATGPT = [
    {
        "title": "Sorting",
        "create_time": 1700000000.5,
        "update_time": 1700000100.0,
        "current_node": "b2",
        "mapping": {
            **node("root", None, ["system"]),
            **node("system", "root", ["ask"], "system", content=words("")),
            **node("ask", "system", ["think", "b2"], "user", content=words("Sort a list")),
            **node(
                "think",
                "ask",
                ["call"],
                "assistant",
                content={"content_type": "thoughts", "thoughts": [{"content": "Let me see"}]},
            ),
            **node(
                "call",
                "think",
                ["tool"],
                "assistant",
                recipient="python",
                content={"content_type": "code", "text": "sorted([])"},
            ),
            **node(
                "tool",
                "call",
                ["b1"],
                "tool",
                content={"content_type": "execution_output", "text": "[]"},
            ),
            **node(
                "b1",
                "tool",
                [],
                "assistant",
                content=words("Use sorted"),
                metadata={"model_slug": "gpt-4o"},
            ),
            **node(
                "b2",
                "ask",
                [],
                "assistant",
                content={
                    "content_type": "multimodal_text",
                    "parts": ["Use", {"content_type": "image_asset_pointer"}],
                },
            ),
        },
    }
]


def block(text, style=None, **more):
    return {
        "type": "contentBlock",
        "content": [{"type": "text", "text": text}],
        **({"style": {"type": style}} if style else {}),
        **more,
    }


LM_STUDIO = {
    "name": "Hello",
    "pinned": True,
    "createdAt": 1700000000000,
    "userLastMessagedAt": 1700000001000,
    "systemPrompt": "",
    "perChatPredictionConfig": {
        "fields": [{"key": "llm.prediction.systemPrompt", "value": "Be kind."}]
    },
    "messages": [
        {
            "versions": [
                {
                    "type": "singleStep",
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Hi"},
                        {"type": "file", "fileIdentifier": "1.png", "fileType": "image"},
                    ],
                }
            ],
            "currentlySelected": 0,
        },
        {
            "versions": [
                {"type": "multiStep", "role": "assistant", "steps": [block("First")]},
                {
                    "type": "multiStep",
                    "role": "assistant",
                    "steps": [
                        block("Hm", "thinking"),
                        {"type": "debugInfoBlock", "debugInfo": "x"},
                        block(
                            "Second",
                            genInfo={
                                "indexedModelIdentifier": "qwen/qwen3-8b",
                                "stats": {
                                    "stopReason": "eosFound",
                                    "tokensPerSecond": 40.5,
                                    "promptTokensCount": 10,
                                    "predictedTokensCount": 5,
                                },
                            },
                        ),
                    ],
                },
            ],
            "currentlySelected": 1,
        },
        {
            "versions": [{"type": "singleStep", "role": "user", "content": "Thanks"}],
            "currentlySelected": 0,
        },
    ],
}
