from __future__ import annotations

import logging

import pytest

from ai_coder.logs import redact, set_log_level, start_logging


@pytest.fixture(autouse=True)
def restored_loggers():
    loggers = [logging.getLogger("ai_coder"), logging.getLogger("asyncio")]
    before = [(logger, list(logger.handlers), logger.level) for logger in loggers]
    yield
    for logger, handlers, level in before:
        for handler in set(logger.handlers) - set(handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(level)


def test_keys_never_reach_the_log_file(paths):
    start_logging(paths.log_file, "info", lambda: ["my-own-secret"])

    try:
        int("refused my-own-secret")
    except ValueError:
        logging.getLogger("ai_coder.test").exception("sent Bearer abc123 with sk-lm-abcdefgh:ijkl")

    text = paths.log_file.read_text("utf-8")
    assert "Traceback" in text
    for secret in ("my-own-secret", "abc123", "sk-lm-"):
        assert secret not in text


def test_a_folder_that_cannot_be_written_costs_only_the_file(paths):
    paths.logs.parent.mkdir(parents=True)
    paths.logs.write_text("not a folder")

    problem = start_logging(paths.log_file, "info", list)

    assert problem


@pytest.mark.parametrize(
    "text", ["key sk-ant-api03-abcdefgh", "AIzaSyA1234567890abcdefghij", "hf_abcdefghijklmnop"]
)
def test_shapes_of_keys_are_recognised(text):
    assert "•••" in redact(text, [])


def test_the_level_changes_while_the_application_runs():
    set_log_level("warning")
    assert not logging.getLogger("ai_coder.chat").isEnabledFor(logging.INFO)

    set_log_level("debug")
    assert logging.getLogger("ai_coder.chat").isEnabledFor(logging.DEBUG)
