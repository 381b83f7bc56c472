"""The guide's questions and answers, and the model file made from them."""

import itertools
import random
import re
import struct
from collections import defaultdict

import pytest

from tools.guide.questions import FOLDER, GuideSyntaxError, choose, read_guide

MODEL = FOLDER.parent / "models" / "guide.gguf"


@pytest.fixture(scope="module")
def guide():
    return read_guide()


def spelling(phrasing):
    """What the chat template leaves of a phrasing; two equal ones are one question."""
    return phrasing.lower().replace("?", "").replace("!", "").replace('"', "").strip()


def all_choices(phrasing):
    """Every phrasing that one with `[one|another]` choices stands for."""
    parts = re.split(r"\[([^\[\]]*)\]", phrasing)
    options = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return {" ".join("".join(words).split()) for words in itertools.product(*options)}


def test_there_are_many_answers(guide):
    assert len(guide.all_entries) >= 150


def test_every_answer_has_several_phrasings_and_some_held_out(guide):
    poor = [e.phrasings[0] for e in guide.all_entries if len(e.phrasings) < 6 or not e.held_out]
    assert poor == []


def test_foreign_questions_are_many(guide):
    assert len(guide.unknown.phrasings) >= 150
    assert len(guide.unknown.held_out) >= 40


def test_no_phrasing_asks_for_two_answers(guide):
    asked = [spelling(p) for e in guide.all_entries for p in (*e.phrasings, *e.held_out)]
    assert sorted(p for p in set(asked) if asked.count(p) > 1) == []


def test_no_choice_of_words_asks_for_two_answers(guide):
    entries_by_question = defaultdict(set)
    for entry in guide.all_entries:
        chosen = (made for phrasing in entry.choices for made in all_choices(phrasing))
        for question in (*entry.phrasings, *chosen):
            entries_by_question[spelling(question)].add(entry.phrasings[0])
    assert {q: asked for q, asked in entries_by_question.items() if len(asked) > 1} == {}


def test_choosing_words_gives_one_of_all_choices():
    phrasing = "[how do I|] connect [LM Studio|Ollama]"
    rng = random.Random(1)
    assert {choose(phrasing, rng) for _ in range(100)} == all_choices(phrasing)
    assert "connect Ollama" in all_choices(phrasing)


def test_no_held_out_phrasing_comes_from_a_pattern(guide):
    rng = random.Random(1)
    made = {spelling(guide.patterns.fill(rng)) for _ in range(20_000)}
    held_out = {spelling(p) for e in guide.all_entries for p in e.held_out}
    assert made & held_out == set()


def test_every_answer_is_written_once_and_is_short(guide):
    answers = [e.answer for e in guide.all_entries]
    assert len(set(answers)) == len(answers)
    assert [a for a in answers if len(a) > 1500] == []


def test_code_fences_are_closed(guide):
    assert [e.phrasings[0] for e in guide.all_entries if e.answer.count("```") % 2] == []


def test_python_snippets_compile(guide):
    for entry in guide.entries:
        for block in entry.answer.split("```python\n")[1:]:
            compile(block.split("```")[0], entry.phrasings[0], "exec")


def test_the_first_question_of_a_new_user_is_answered(guide):
    answer = next(e.answer for e in guide.entries if "How do I connect LM Studio?" in e.phrasings)
    for words in ("http://127.0.0.1:1234/v1", "Start", "Settings → Local Models", "Save Settings"):
        assert words in answer


def test_the_guide_says_what_it_is_not(guide):
    assert "only the built-in guide" in guide.unknown.answer
    assert "LM Studio or Ollama" in guide.unknown.answer


@pytest.mark.parametrize(
    "text",
    [
        "## Question\n- other\n\n",
        "## Question\n- other\nanswer without a blank line\n",
        "## Question\n- other\n\n```python\nnever closed\n",
    ],
)
def test_a_file_written_wrongly_is_refused(tmp_path, text):
    (tmp_path / "subject.md").write_text(text, encoding="utf-8")
    (tmp_path / "unknown.md").write_text(
        "## Unknown\n- what\n\nSorry.\n\n## Patterns\n", encoding="utf-8"
    )
    with pytest.raises(GuideSyntaxError):
        read_guide(tmp_path)


def test_a_pattern_without_its_list_is_refused(tmp_path):
    (tmp_path / "unknown.md").write_text(
        "## Unknown\n- what\n\nSorry.\n\n## Patterns\n- pattern: bake {cake}\n", encoding="utf-8"
    )
    with pytest.raises(GuideSyntaxError, match="cake"):
        read_guide(tmp_path)


def test_phrasings_with_choices_are_told_apart(tmp_path):
    (tmp_path / "subject.md").write_text(
        "## Question\n- [some|any] other\n- third\n\nAnswer\n", encoding="utf-8"
    )
    (tmp_path / "unknown.md").write_text(
        "## Unknown\n- what\n\nSorry.\n\n## Patterns\n", encoding="utf-8"
    )
    (entry,) = read_guide(tmp_path).entries
    assert entry.phrasings == ("Question", "third")
    assert entry.choices == ("[some|any] other",)
    assert {entry.question(random.Random(n)) for n in range(100)} == {
        "Question", "third", "some other", "any other",
    }  # fmt: skip


def test_headings_in_code_belong_to_the_answer(tmp_path):
    (tmp_path / "subject.md").write_text(
        "## Question\n- other\n- held out: third\n\n```\n## comment\n```\n", encoding="utf-8"
    )
    (tmp_path / "unknown.md").write_text(
        "## Unknown\n- what\n\nSorry.\n\n## Patterns\n", encoding="utf-8"
    )
    (entry,) = read_guide(tmp_path).entries
    assert entry.phrasings == ("Question", "other")
    assert entry.held_out == ("third",)
    assert entry.answer == "```\n## comment\n```"


def test_the_model_file_is_small_and_is_a_gguf():
    content = MODEL.read_bytes()
    assert len(content) <= 4 * 1024 * 1024
    magic, version = struct.unpack_from("<4sI", content)
    assert (magic, version) == (b"GGUF", 3)
    for value in (b"Built-in guide", b"GPL-3.0-or-later"):
        assert value in content
