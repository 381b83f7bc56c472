"""Texts to measure with: answers as models write them, and the worst ones."""

from __future__ import annotations

import random
import re

_WORDS = tuple(
    """the of to and in that is for it as with on by this from at or an be are which you can model
    stream token render layout buffer latency event loop thread process memory cache queue function
    class object value result error handler request response server client index table window paint
    widget document cursor block format style measure budget frame scroll view""".split()  # noqa: SIM905
)
_CODE = '''\
def merge(left: list[int], right: list[int]) -> list[int]:
    """Return both lists in one order."""
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:  # keep equal ones in order
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]
'''
_TOKEN = re.compile(r"\n+| ?[A-Za-z]{1,7}| {2,}|\d{1,3}| ?[^\sA-Za-z\d]{1,2}|\s")


def tokens(text: str) -> list[str]:
    """Cut *text* about as a model's tokenizer would."""
    return _TOKEN.findall(text)


def words(count: int) -> str:
    """Return that many words in one line."""
    return " ".join(_WORDS[index * 7 % len(_WORDS)] for index in range(count))


def answer(characters: int, seed: int = 1) -> str:
    """Return an answer of about that many characters with code, lists and tables."""
    source = random.Random(seed)
    parts: list[str] = []
    while sum(map(len, parts)) < characters:
        parts.append(_part(source))
    return "\n\n".join(parts)


def _part(source: random.Random) -> str:
    kind = source.random()
    if kind < 0.2:
        return f"```python\n{_CODE}```"
    if kind < 0.35:
        return "\n".join(f"{i}. {_sentence(source)}" for i in range(1, source.randint(4, 8)))
    if kind < 0.45:
        rows = "\n".join(
            f"| {source.choice(_WORDS)} | `{i}` | {words(5)} |" for i in range(source.randint(3, 7))
        )
        return f"| name | value | meaning |\n|---|---:|---|\n{rows}"
    if kind < 0.55:
        return f"## {_sentence(source)}"
    return " ".join(_sentence(source) for _ in range(source.randint(2, 5)))


def _sentence(source: random.Random) -> str:
    chosen = source.choices(_WORDS, k=source.randint(8, 20))
    place = source.randrange(len(chosen))
    mark = source.choice(("**", "`", "*", ""))
    chosen[place] = f"{mark}{chosen[place]}{mark}"
    return " ".join(chosen).capitalize() + "."


ADVERSARIAL = {
    "table, 300 rows": "| a | b | c | d | e |\n|---|---|---|---|---|\n"
    + "".join(f"| {words(3)} | `x{i}` | {i} | {words(4)} | **{i}** |\n" for i in range(300)),
    "paragraph of 50 KB, no line end": words(9000),
    "code, 3,000 lines": "```python\n" + _CODE * 250 + "```\n",
    "code line of 20 KB": "```json\n" + '{"a":[1,2,3],"b":"xyz"},' * 800 + "\n```\n",
    "code line of 200 KB": "```\n" + "A" * 200_000 + "\n```\n",
    "flat list, 500 items": "".join(f"- item {i} {words(12)}\n" for i in range(500)),
    "nested list, 200 lines": "- top\n" + "".join(f"  - {words(10)}\n" for i in range(200)),
    "loose items in an item, 40 KB": "1. top\n"
    + "".join(f"\n   - **item** `{i}` {words(6)}\n" for i in range(800)),
    "items in an item, 40 KB": "- top\n" + "".join(f"  - item {i}\n" for i in range(2700)),
    "table in an item, 600 rows": "- top\n\n  | a | b |\n  |---|---|\n"
    + "".join(f"  | `{i}` | **{i}** |\n" for i in range(600)),
    "quote with lists, 40 KB": "".join(f"> - {words(5)}\n>   - `{i}`\n>\n" for i in range(800)),
    "quote, 200 lines": "".join(f"> {words(10)}\n" for _ in range(200)),
    "unclosed ** in 5 KB": "**" + words(900),
    "soft-wrapped paragraph, 300 lines": "\n".join(words(12) for _ in range(300)),
    "emoji and CJK, 10 KB": "你好世界🙂 café ﷺ हिन्दी " * 400,
    "deep quotes": ">" * 300 + " a\n" + "> " * 50 + "b\n",
    "brackets": "[" * 5_000,
    "table cell of 20 KB": "| a | b |\n|---|---|\n| " + "words **b** " * 1700 + "|\n",
    "formulas never closed": "\\( \\[ " * 2500,
    "addresses": "https://example.org/a a:// www.example.org " * 300,
    "picture of 200 KB that still arrives": "![a](data:image/png;base64," + "A7cB" * 50_000,
    "HTML line of 200 KB": "<svg>" + "<path d='M0 0'/>" * 12_000,
    "backticks": "".join("`" * n + " " for n in range(1, 120)),
}
