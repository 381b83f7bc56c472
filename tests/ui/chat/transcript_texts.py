"""Messages for tests of the transcript."""

from ai_coder.llm.models import Role
from ai_coder.ui.chat.transcript_message import TranscriptMessage

ANSWER = """\
# Title

Some **bold** text with `code` and a [link](https://example.org/page).

```python
def f(x):
    return x + 1
```

1. one
2. two
   - nested

| a | b |
|---|--:|
| 1 | 2 |

> quoted

[ref]: https://example.org/ref

See [ref].
"""


def prompt(number, text="What is it?", **values):
    return TranscriptMessage(number, Role.USER, text, **values)


def answer(number, text=ANSWER, **values):
    return TranscriptMessage(number, Role.ASSISTANT, text, title="model", **values)


def chat(count, text=ANSWER):
    return [prompt(n) if n % 2 == 0 else answer(n, text) for n in range(count)]


def find_all(transcript, qtbot, text):
    """Look through all messages, however long that takes, and return how many places there are."""
    transcript.find(text)
    qtbot.waitUntil(lambda: transcript._find.is_complete)
    return transcript._find.count
