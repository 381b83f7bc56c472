from __future__ import annotations

import pytest

from ai_coder.markdown.code_file import code_file_name


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("python", "code.py"),
        ("Python", "code.py"),
        ("sh", "code.sh"),
        ("bash", "code.sh"),
        ("markdown", "code.md"),
        ("rust", "code.rs"),
        ("js", "code.js"),
        ("ts", "code.ts"),
        ("c++", "code.cpp"),
        ("r", "code.R"),
        ("json", "code.json"),
        ("makefile", "Makefile"),
        ("dockerfile", "Dockerfile"),
        ("docker", "Dockerfile"),
        ("text", "code.txt"),
        ("no such language", "code.txt"),
        ("../x", "code.txt"),
        ("", "code.txt"),
    ],
)
def test_code_is_called_as_files_of_its_language_are(language, name):
    assert code_file_name(language) == name
