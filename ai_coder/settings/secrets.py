"""API keys: in the system keyring, else in the environment, else for this run only."""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from typing import TYPE_CHECKING

from ai_coder.errors import KeyNotForgottenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keyring.backend import KeyringBackend

logger = logging.getLogger(__name__)
_SERVICE = "ai-coder-assistant"


class SecretSource(StrEnum):
    """Where a key is kept."""

    NONE = "none"
    KEYRING = "keyring"
    ENVIRONMENT = "environment"
    THIS_RUN = "this_run"
    """There is no keyring."""

    NOT_SAVED = "not_saved"
    """For this run too: there is a keyring, and it did not take the key."""

    UNUSABLE = "unusable"
    """In the keyring or in the environment, with a sign that no request can carry."""


def unsendable_sign(key: str) -> str:
    """Return the first sign of *key* that no HTTP header can carry; empty when there is none."""
    return next((sign for sign in key if not " " <= sign <= "~"), "")


class Secrets:
    """The keys of all providers, by provider id.

    The keyring is read once, in a worker thread (`load`), because it may ask the desktop for
    permission; after that a key is answered from memory. A key never leaves this object but
    through `get`.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        variables: Callable[[str], tuple[str, ...]],
        backend: KeyringBackend | None = None,
    ) -> None:
        self._environment = dict(environment)
        self._variables = variables
        self._backend = backend
        self._saved: dict[str, str] = {}
        self._this_run: dict[str, str] = {}
        self._not_saved: set[str] = set()

    async def load(self, provider_ids: list[str]) -> None:
        """Read the keys of *provider_ids* from the keyring."""
        self._saved |= await asyncio.to_thread(self._read_all, provider_ids)

    def get(self, provider_id: str) -> str | None:
        """Return the key to use, or None; one that no request can carry is not used."""
        return self._key_in_use(provider_id)[1]

    def source(self, provider_id: str) -> SecretSource:
        """Return where the key that is in use is kept."""
        return self._key_in_use(provider_id)[0]

    def variable(self, provider_id: str) -> str:
        """Return the environment variable that holds the key; empty when none does."""
        return self._from_environment(provider_id)[0]

    def values(self) -> list[str]:
        """Return every key, for redaction."""
        known = [*self._saved.values(), *self._this_run.values()]
        from_environment = [
            value
            for name, value in self._environment.items()
            if name.endswith(("_API_KEY", "_TOKEN")) and len(value) >= 8
        ]
        return [key for key in [*known, *from_environment] if key]

    async def set(self, provider_id: str, key: str) -> SecretSource:
        """Keep *key* in the keyring, or for this run where that fails; empty forgets it.

        Raises `KeyNotForgottenError` when the keyring does not let go of the old key.
        """
        self._this_run.pop(provider_id, None)
        self._not_saved.discard(provider_id)
        is_done = await asyncio.to_thread(self._write, provider_id, key)
        if is_done:
            self._saved.pop(provider_id, None)
        if key and is_done:
            self._saved[provider_id] = key
        elif key:
            self._this_run[provider_id] = key
            if self._backend is not None:
                self._not_saved.add(provider_id)
        elif not is_done and self._backend is not None:
            raise KeyNotForgottenError
        return self.source(provider_id)

    def _key_in_use(self, provider_id: str) -> tuple[SecretSource, str | None]:
        for_this_run = SecretSource.THIS_RUN
        if provider_id in self._not_saved:
            for_this_run = SecretSource.NOT_SAVED
        places = {
            for_this_run: self._this_run.get(provider_id),
            SecretSource.KEYRING: self._saved.get(provider_id),
            SecretSource.ENVIRONMENT: self._from_environment(provider_id)[1],
        }
        kept = [(source, key) for source, key in places.items() if key]
        usable = ((source, key) for source, key in kept if not unsendable_sign(key))
        none = SecretSource.UNUSABLE if kept else SecretSource.NONE
        return next(usable, (none, None))

    def _from_environment(self, provider_id: str) -> tuple[str, str | None]:
        for name in self._variables(provider_id):
            if value := self._environment.get(name, "").strip():
                return name, value
        return "", None

    def _keyring(self) -> KeyringBackend | None:
        """Return a keyring that really stores keys, or None."""
        if self._backend is None:
            import keyring
            from keyring.backends import fail, null

            backend = keyring.get_keyring()
            if isinstance(backend, fail.Keyring | null.Keyring):
                return None
            self._backend = backend
        return self._backend

    def _read_all(self, provider_ids: list[str]) -> dict[str, str]:
        from keyring.errors import KeyringError

        backend = self._keyring()
        if backend is None:
            return {}
        found: dict[str, str] = {}
        for provider_id in provider_ids:
            try:
                if key := backend.get_password(_SERVICE, provider_id):
                    found[provider_id] = key
            except (KeyringError, RuntimeError, OSError) as error:
                logger.warning("The keyring could not be read: %s", type(error).__name__)
                break
        return found

    def _write(self, provider_id: str, key: str) -> bool:
        from keyring.errors import KeyringError, PasswordDeleteError

        backend = self._keyring()
        if backend is None:
            return False
        try:
            if key:
                backend.set_password(_SERVICE, provider_id, key)
            else:
                backend.delete_password(_SERVICE, provider_id)
        except PasswordDeleteError:
            return True
        except (KeyringError, RuntimeError, OSError) as error:
            logger.warning("The keyring could not be written: %s", type(error).__name__)
            return False
        return True
