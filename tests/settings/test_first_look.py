from __future__ import annotations

import json

import pytest

from ai_coder.settings.first_look import FirstLook, first_look


def test_the_first_frame_has_the_look_that_was_saved(tmp_path):
    file = tmp_path / "settings.json"
    document = {
        "appearance": {"theme": "dark", "zoom": 125, "reduced_motion": True},
        "privacy": {"local_only": True},
    }
    file.write_text(json.dumps(document))

    look = first_look(file)

    assert look == FirstLook("dark", 125, has_reduced_motion=True, is_local_only=True)


@pytest.mark.parametrize("text", ["{ broken", "[]", '{"appearance": 3}', "", "{}", "\xff"])
def test_an_odd_file_gives_the_usual_look(tmp_path, text):
    file = tmp_path / "settings.json"
    file.write_text(text, "latin-1")

    assert first_look(file) == FirstLook()


def test_no_file_gives_the_usual_look(tmp_path):
    assert first_look(tmp_path / "none.json") == FirstLook()
