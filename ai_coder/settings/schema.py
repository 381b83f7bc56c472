"""What the user can set, with its defaults, limits and help text."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_validator

from ai_coder.llm.models import GenerationParameters, ModelConfig, ProviderConfig
from ai_coder.settings.spellings import in_one_spelling

SCHEMA_VERSION = 2


class ThemeMode(StrEnum):
    """Which colour scheme to use."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class SendKey(StrEnum):
    """Which key sends a prompt; the other one starts a new line."""

    ENTER = "enter"
    CTRL_ENTER = "ctrl_enter"


class TitleSource(StrEnum):
    """Who names a new chat: its first words, or the chat's own local model."""

    FIRST_WORDS = "first_words"
    LOCAL_MODEL = "local_model"


class FallbackMode(StrEnum):
    """What happens when a server is down before the first word."""

    ASK = "ask"
    AUTOMATIC = "automatic"
    NEVER = "never"


class LogLevel(StrEnum):
    """How much is written to the log file."""

    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


class Section(BaseModel):
    """A part of the settings; docstrings of its fields are the help texts of the form."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class GeneralSettings(Section):
    """How the application starts and how a chat is written."""

    default_model: str | None = None
    """The model of new chats, as provider/model. None is the first model that can answer."""

    favourite_models: tuple[str, ...] = ()
    """Models that stand at the top of the dropdown, as provider/model."""

    send_key: SendKey = SendKey.ENTER
    """The key that sends a prompt; Shift+Enter always starts a new line."""

    reopen_last_chat: bool = True
    """Show the last chat again after a restart."""

    titles: TitleSource = TitleSource.FIRST_WORDS
    """Name new chats by their first words, or let the chat's own local model find a title."""

    fallback: FallbackMode = FallbackMode.ASK
    """When a server is down: offer another local model, take it without asking, or do neither."""

    desktop_notices: bool = True
    """Tell the end of a long answer by a notification while the window is in the background."""


class GenerationSettings(Section):
    """How answers are generated; a chat can differ from it."""

    system_prompt: str = ""
    """Sent before every new chat. Empty sends nothing."""

    parameters: GenerationParameters = Field(default_factory=GenerationParameters)
    """None leaves a value to the server."""

    context_length: int | None = Field(default=None, ge=512, le=10_485_760)
    """The window to ask for where the server lets us choose. None chooses 8k and more."""


class AppearanceSettings(Section):
    """How the application looks."""

    theme: ThemeMode = ThemeMode.SYSTEM
    """Follow the desktop, or always light or dark."""

    zoom: int = Field(default=100, ge=80, le=200)
    """Size of everything, in per cent."""

    code_font_size: int = Field(default=13, ge=9, le=24)
    """Size of code, in pixels at 100 % zoom."""

    wrap_code: bool = False
    """Break long lines of code instead of scrolling them."""

    reduced_motion: bool = False
    """Leave out animations."""


class ShortcutSettings(Section):
    """Keys that differ from the usual ones."""

    bindings: dict[str, str] = Field(default_factory=dict)
    """Command name to key sequence; an empty sequence switches the shortcut off."""


class PrivacySettings(Section):
    """What may leave this computer."""

    local_only: bool = False
    """Dial nothing but this computer and the hosts below."""

    allowed_hosts: tuple[str, ...] = ()
    """Hosts of your own network that may be reached while Local only is on."""

    cloud_confirmed: tuple[str, ...] = ()
    """Cloud providers that may receive local chats without asking again."""


class CostSettings(Section):
    """What cloud models may cost."""

    monthly_limit: float | None = Field(default=None, gt=0)
    """Ask before this month's cost passes this amount in US dollars. None never asks."""


class AdvancedSettings(Section):
    """Rarely needed."""

    log_level: LogLevel = LogLevel.INFO
    """How much the log file holds. Prompts and answers are never in it."""

    engine_threads: int | None = Field(default=None, ge=1, le=256)
    """Processor threads of the built-in engine. Empty uses half of the processors."""

    engine_idle_minutes: int = Field(default=30, ge=1, le=1440)
    """Minutes after which the built-in engine frees the memory of an unused model."""


class Settings(Section):
    """The whole settings file."""

    schema_version: int = SCHEMA_VERSION
    general: GeneralSettings = Field(default_factory=GeneralSettings)
    generation: GenerationSettings = Field(default_factory=GenerationSettings)
    appearance: AppearanceSettings = Field(default_factory=AppearanceSettings)
    shortcuts: ShortcutSettings = Field(default_factory=ShortcutSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    cost: CostSettings = Field(default_factory=CostSettings)
    advanced: AdvancedSettings = Field(default_factory=AdvancedSettings)
    provider_configurations: dict[str, ProviderConfig] = Field(default_factory=dict)
    """Servers by provider id; an id that is no kind of provider names its kind in `type`."""

    model_configurations: dict[str, ModelConfig] = Field(default_factory=dict)
    """What the user says about models, by model id."""

    @model_validator(mode="before")
    @classmethod
    def _name_the_entries(cls, document: object) -> object:
        """Give each model its key as a name, and everything its one spelling."""
        if not isinstance(document, dict):
            return document
        document = in_one_spelling(document)
        models = document.get("model_configurations")
        if isinstance(models, dict):
            document["model_configurations"] = {
                key: {"name": key, **entry} if isinstance(entry, dict) else entry
                for key, entry in models.items()
            }
        return document

    @field_serializer("model_configurations")
    def _without_names(self, models: dict[str, ModelConfig]) -> dict[str, Any]:
        """Write the entries as the file has them: named by their key, only what is set."""
        return {
            key: model.model_dump(mode="json", exclude={"name"}, exclude_unset=True)
            for key, model in models.items()
        }
