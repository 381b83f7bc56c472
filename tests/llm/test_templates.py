import json

import pytest

from ai_coder.errors import UnwritableFileError
from ai_coder.llm.models import GenerationParameters, ResponseFormat
from ai_coder.llm.templates import (
    Template,
    Templates,
    UnreadableTemplateError,
    parse_templates,
    slug,
)

PRESET = {
    "identifier": "@local:careful-coder",
    "name": "Careful coder",
    "changed": True,
    "operation": {
        "fields": [
            {"key": "llm.prediction.systemPrompt", "value": "Be careful."},
            {"key": "llm.prediction.temperature", "value": 0.1},
            {"key": "llm.prediction.topKSampling", "value": 24},
            {"key": "llm.prediction.topPSampling", "value": {"checked": False, "value": 0.5}},
            {"key": "llm.prediction.repeatPenalty", "value": {"checked": True, "value": 1.1}},
            {"key": "llm.prediction.maxPredictedTokens", "value": {"checked": True, "value": 500}},
            {"key": "llm.prediction.minPSampling", "value": {"checked": True, "value": 7}},
            {"key": "llm.prediction.stopStrings", "value": ["END", "", 3]},
            {
                "key": "llm.prediction.structured",
                "value": {"type": "json", "jsonSchema": {"type": "object"}},
            },
            {"key": "llm.prediction.unheardOf", "value": 1},
            "nonsense",
        ]
    },
    "load": {"fields": []},
}


@pytest.fixture
def templates(paths):
    templates = Templates(
        paths.resources / "prompts" / "templates.json", paths.user_config / "templates.json"
    )
    templates.load()
    return templates


def test_good_ones_are_shipped(templates):
    names = {template.name for template in templates.all()}

    assert names == {"explain", "review", "tests", "refactor", "commit", "regex", "sql", "shell"}
    assert all(each.system_prompt and each.prompt for each in templates.all())
    assert not any(templates.is_own(name) for name in names)


def test_own_templates_survive_a_restart_and_replace_shipped_ones(templates, paths):
    templates.save(Template(name="mine", title="Mine", system_prompt="Ä", model="ollama/x:7b"))
    templates.save(Template(name="sql", title="SQL, ours"))

    again = Templates(
        paths.resources / "prompts" / "templates.json", paths.user_config / "templates.json"
    )
    again.load()

    assert again.get("mine").model == "ollama/x:7b"
    assert again.get("sql").title == "SQL, ours"
    assert again.is_own("sql")
    again.remove("sql")
    assert again.get("sql").title == "SQL"
    assert [path.name for path in paths.user_config.iterdir()] == ["templates.json"]


def test_export_and_import_bring_the_same_back(templates, tmp_path, paths):
    made = Template(
        name="mine",
        title="Mine",
        prompt="Do {input} now",
        parameters=GenerationParameters(temperature=0.3, stop=("a", "b")),
    )
    templates.save(made)
    text = templates.export_text(["mine", "no such"])
    templates.remove("mine")

    assert templates.import_text(text, origin="export.json") == [made]
    assert templates.import_text(text, origin="export.json") == []
    assert templates.get("mine") == made


def test_a_name_that_is_taken_gets_a_number(templates):
    text = json.dumps({"templates": [{"name": "sql", "title": "SQL"}]})

    (added,) = templates.import_text(text, origin="x.json")

    assert added.name == "sql-2"
    assert templates.get("sql").system_prompt


def test_presets_of_lm_studio_are_read(templates):
    (added,) = templates.import_text(json.dumps(PRESET), origin="careful.preset.json")

    assert (added.name, added.title) == ("careful-coder", "Careful coder")
    assert added.system_prompt == "Be careful."
    assert added.parameters == GenerationParameters(
        temperature=0.1,
        top_k=24,
        repeat_penalty=1.1,
        max_tokens=500,
        stop=("END",),
        response_format=ResponseFormat.JSON_SCHEMA,
        json_schema={"type": "object"},
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "[" * 100_000,
        "{}",
        '{"templates": [{"name": "a b", "title": "x"}]}',
        '{"templates": [{"name": "a", "title": "x", "parameters": {"temperature": 9}}]}',
    ],
)
def test_what_is_no_template_is_refused_in_words(templates, text):
    with pytest.raises(UnreadableTemplateError, match=r"x\.json"):
        templates.import_text(text, origin="x.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "it has no list of templates."),
        ('{"templates": 7}', "it has no list of templates."),
        ('{"templates": [{"name": "a b", "title": "Plain"}]}', "the “name” of “Plain” may have"),
        ('{"templates": [{"name": "a"}]}', "template 1 has no “title”."),
        ('{"templates": [7]}', "template 1 is no template."),
        (
            '{"templates": [{"name": "a", "title": "x", "parameters": {"temperature": 9}}]}',
            "the “temperature” of “x” cannot be 9.",
        ),
    ],
)
def test_the_mistake_in_a_file_is_told_to_who_wrote_it(text, words):
    with pytest.raises(UnreadableTemplateError) as caught:
        parse_templates(text, origin="x.json")

    assert words in str(caught.value)


def test_a_broken_file_is_reported_and_never_written_over(templates, paths):
    own = paths.user_config / "templates.json"
    own.parent.mkdir(parents=True)
    own.write_text("{ broken")

    templates.load()

    assert isinstance(templates.problem, UnreadableTemplateError)
    assert len(templates.all()) == 8
    with pytest.raises(UnreadableTemplateError):
        templates.save(Template(name="mine", title="Mine"))
    assert own.read_text() == "{ broken"


def test_a_full_disk_leaves_everything_as_it_was(templates, paths):
    paths.user_config.parent.mkdir(parents=True)
    paths.user_config.write_text("a file where the folder should be")

    with pytest.raises(UnwritableFileError):
        templates.save(Template(name="mine", title="Mine"))

    assert templates.get("mine") is None


def test_the_prompt_takes_in_what_was_written():
    around = Template(name="a", title="A", prompt="Explain {input} briefly")
    before = Template(name="a", title="A", prompt="Explain")
    bare = Template(name="a", title="A")

    assert around.filled("x") == "Explain x briefly"
    assert before.filled("x") == "Explain\n\nx"
    assert before.filled("") == "Explain"
    assert bare.filled("x") == "x"


def test_titles_become_names_of_commands():
    assert slug("Write tests!") == "write-tests"
    assert slug("???") == "template"
    assert parse_templates('{"name": "a", "title": "A"}', origin="x")[0].title == "A"
