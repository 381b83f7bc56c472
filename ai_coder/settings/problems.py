"""What can be wrong with the settings file."""

from __future__ import annotations

from ai_coder.errors import SettingsError
from ai_coder.translation import QT_TRANSLATE_NOOP


class UnreadableSettingsError(SettingsError):
    """The settings file cannot be opened and was set aside under another name."""

    message = QT_TRANSLATE_NOOP(
        "errors", "The settings file could not be read and was set aside as {backup}."
    )
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "The defaults are in use. The system says: {reason}. Make the file readable for you, "
        "name it {name} again, and start again.",
    )


class BrokenSettingsError(UnreadableSettingsError):
    """The settings file holds something else than JSON and was set aside under another name."""

    message = QT_TRANSLATE_NOOP(
        "errors", "The settings file is not valid JSON and was set aside as {backup}."
    )
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "The defaults are in use. Correct the file ({reason}), name it {name} again, "
        "and start again.",
    )


class SettingsInTheWayError(SettingsError):
    """The settings file can neither be read nor moved; it is left as it is."""

    message = QT_TRANSLATE_NOOP("errors", "{path} can neither be read nor set aside: {reason}")
    hint = QT_TRANSLATE_NOOP(
        "errors", "The defaults are in use and nothing is saved. Give yourself access to the file."
    )


class ChangedSettingsError(SettingsError):
    """The settings file was changed while the application runs, to something unusable."""

    message = QT_TRANSLATE_NOOP("errors", "{name} was changed and cannot be used: {reason}")
    hint = QT_TRANSLATE_NOOP(
        "errors", "What was set before stays in force. Correct the file, or save the settings here."
    )


class IgnoredSettingsError(SettingsError):
    """The settings file was read, but for some values."""

    message = QT_TRANSLATE_NOOP(
        "errors", "Some values in {name} cannot be used. The rest of it is in force."
    )
    hint = QT_TRANSLATE_NOOP("errors", "Correct them there or in Settings: {faults}")


class IgnoredVariableError(SettingsError):
    """An environment variable holds something that makes no sense."""

    message = QT_TRANSLATE_NOOP(
        "errors", "{variable} is set to “{value}”, which cannot be used: {reason}"
    )
    hint = QT_TRANSLATE_NOOP(
        "errors", "It is ignored. Correct or remove the variable, then start again."
    )


class NewerSettingsError(SettingsError):
    """The settings file was written by a newer version of the application."""

    message = QT_TRANSLATE_NOOP("errors", "{name} was written by a newer version.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "What this version does not know is left out. A copy of the file is kept as soon as "
        "settings are saved.",
    )
