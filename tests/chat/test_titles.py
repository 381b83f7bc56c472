from __future__ import annotations

import pytest

from ai_coder.chat.titles import MAX_LENGTH, cleaned_title, title_from, title_request


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("How do I sort a list? I tried everything.", "How do I sort a list"),
        ("fix this\n```python\nx = 1\n```", "Fix this"),
        ("```python\nprint(1)\n```\nExplain this code", "Explain this code"),
        ("```python\nprint(1)\n```", "Python"),
        ("# **Bold** heading\ntext", "Bold heading"),
        ("- [docs](http://x.test) say no", "Docs say no"),
        ("Use `sorted()`: how?", "Use sorted()"),
        ("What is v1.2.3 of foo_bar?", "What is v1.2.3 of foo_bar"),
        ("", ""),
        ("   \n\n ", ""),
        ("!!!", ""),
        ("日本語で答えてください", "日本語で答えてください"),
    ],
)
def test_a_title_is_the_first_clause(prompt, title):
    assert title_from(prompt) == title


def test_a_long_title_ends_at_a_word():
    title = title_from("Please write a very long story about " + "something " * 20)

    assert len(title) <= MAX_LENGTH
    assert title.endswith("something…")
    assert len(title_from("x" * 500)) == MAX_LENGTH


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ('"Sorting Lists in Python."', "Sorting Lists in Python"),
        ("<think>Hm, a title…\n</think>\n\n**Sorting lists**\nMore", "Sorting lists"),
        ("Title: Sorting", "Sorting"),
        ("<think>never ends", ""),
        ("", ""),
    ],
)
def test_the_title_of_a_model_is_cleaned(reply, title):
    assert cleaned_title(reply) == title


def test_a_model_is_asked_with_little_text():
    request = title_request("m", "p" * 100_000, "a" * 100_000)

    assert len(request.messages[0].text) < 5000


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Hi! How do I sort a list?", "How do I sort a list"),
        ("Hello,\nmy tests fail", "My tests fail"),
        ("Hello, can you please help me to write a parser?", "Write a parser"),
        ("Please explain this", "Explain this"),
        ("Could you fix it", "Fix it"),
        ("Hi", "Hi"),
        ("Please", "Please"),
        ("Highlight the code", "Highlight the code"),
        ("from the first window", "From the first window"),
        ("Will you marry me?", "Marry me"),
        ("Help me", "Help me"),
    ],
)
def test_greetings_and_manners_are_no_title(prompt, title):
    assert title_from(prompt) == title


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("https://example.org/a_b_c is down", "https://example.org/a_b_c is down"),
        ("def foo(x)", "def foo(x)"),
        ("def foo", "def foo"),
        ("git push is refused", "git push is refused"),
        ("foo() returns nothing", "foo() returns nothing"),
        ("main.py does not start", "main.py does not start"),
        ("iPhone or Android?", "iPhone or Android"),
        ("`__init__.py` is empty", "__init__.py is empty"),
        ("__init__.py is empty", "__init__.py is empty"),
        ("`**kwargs` or `*args*` here?", "**kwargs or *args* here"),
        ("What does __call__ do?", "What does __call__ do"),
        ("#include <stdio.h> fails", "#include <stdio.h> fails"),
        (".gitignore has no effect", ".gitignore has no effect"),
        ("--verbose says nothing", "--verbose says nothing"),
        ("Learn C#", "Learn C#"),
        ("C# vs. F#: which?", "C# vs. F#: which"),
        ('Why does it say "no"', 'Why does it say "no"'),
    ],
)
def test_a_title_leaves_words_as_they_were_written(prompt, title):
    assert title_from(prompt) == title


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("Here is a title for you:\n\nParsing GGUF", "Parsing GGUF"),
        ("Title:\n**Parsing GGUF**", "Parsing GGUF"),
        ("Parsing GGUF:", "Parsing GGUF"),
        ('“Say "no"”', 'Say "no"'),
        ("`__init__.py` explained", "__init__.py explained"),
    ],
)
def test_a_line_that_announces_the_title_of_a_model_is_not_the_title(reply, title):
    assert cleaned_title(reply) == title
