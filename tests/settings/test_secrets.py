from __future__ import annotations

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from ai_coder.errors import KeyNotForgottenError
from ai_coder.settings.secrets import Secrets, SecretSource

VARIABLES = {"openai": ("OPENAI_API_KEY",), "google_gemini": ("GOOGLE_API_KEY", "GEMINI_API_KEY")}


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps its entries in a dict, as a desktop's would on disk."""

    priority = 1

    def __init__(self):
        self.entries = {}
        self.is_locked = False

    def get_password(self, service, username):
        if self.is_locked:
            raise KeyringLocked
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        if self.is_locked:
            raise KeyringLocked
        self.entries[service, username] = password

    def delete_password(self, service, username):
        if self.is_locked:
            raise KeyringLocked
        if (service, username) not in self.entries:
            raise PasswordDeleteError
        del self.entries[service, username]


@pytest.fixture
def keyring():
    return MemoryKeyring()


def make_secrets(keyring, **environment):
    return Secrets(environment, lambda provider: VARIABLES.get(provider, ()), keyring)


async def test_a_key_survives_a_restart_in_the_keyring(keyring):
    await make_secrets(keyring).set("openai", "sk-one")
    after_restart = make_secrets(keyring)

    await after_restart.load(["openai", "anthropic"])

    assert after_restart.get("openai") == "sk-one"
    assert after_restart.source("openai") is SecretSource.KEYRING
    assert after_restart.source("anthropic") is SecretSource.NONE


async def test_the_environment_is_used_when_the_keyring_has_nothing(keyring):
    secrets = make_secrets(keyring, GEMINI_API_KEY="AIza-two")

    await secrets.load(["google_gemini"])

    assert secrets.get("google_gemini") == "AIza-two"
    assert secrets.source("google_gemini") is SecretSource.ENVIRONMENT
    assert secrets.variable("google_gemini") == "GEMINI_API_KEY"


async def test_a_locked_keyring_keeps_the_key_for_this_run_and_says_so(keyring):
    keyring.is_locked = True
    secrets = make_secrets(keyring)
    await secrets.load(["openai"])

    source = await secrets.set("openai", "sk-three")

    assert source is SecretSource.NOT_SAVED
    assert secrets.get("openai") == "sk-three"
    assert "sk-three" in secrets.values()


async def test_an_empty_key_forgets_the_old_one(keyring):
    secrets = make_secrets(keyring)
    await secrets.set("openai", "sk-four")

    source = await secrets.set("openai", "")

    assert source is SecretSource.NONE
    assert keyring.entries == {}


async def test_a_key_that_a_locked_keyring_holds_is_not_called_forgotten(keyring):
    secrets = make_secrets(keyring)
    await secrets.set("openai", "sk-five")
    keyring.is_locked = True

    with pytest.raises(KeyNotForgottenError):
        await secrets.set("openai", "")

    assert secrets.source("openai") is SecretSource.KEYRING
    assert secrets.get("openai") == "sk-five"
    keyring.is_locked = False
    assert await secrets.set("openai", "") is SecretSource.NONE
    assert keyring.entries == {}


async def test_a_new_key_replaces_for_this_run_one_that_a_locked_keyring_holds(keyring):
    secrets = make_secrets(keyring)
    await secrets.set("openai", "sk-six")
    keyring.is_locked = True

    assert await secrets.set("openai", "sk-seven") is SecretSource.NOT_SAVED

    assert secrets.get("openai") == "sk-seven"
    assert {"sk-six", "sk-seven"} <= set(secrets.values())


async def test_a_key_that_no_request_can_carry_is_not_used(keyring):
    cut = "sk-ab…yz"
    secrets = make_secrets(keyring, OPENAI_API_KEY=cut)
    keyring.entries["ai-coder-assistant", "google_gemini"] = "AIza-\x00-zero"
    await secrets.load(["openai", "google_gemini"])

    assert (secrets.get("openai"), secrets.get("google_gemini")) == (None, None)
    assert secrets.source("openai") is SecretSource.UNUSABLE
    assert secrets.source("google_gemini") is SecretSource.UNUSABLE
    assert (secrets.variable("openai"), secrets.variable("google_gemini")) == ("OPENAI_API_KEY", "")
    assert cut in secrets.values()

    assert await secrets.set("openai", "sk-whole") is SecretSource.KEYRING
    assert secrets.get("openai") == "sk-whole"
