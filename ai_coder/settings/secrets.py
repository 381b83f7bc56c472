"""API keys: in the system keyring, else in the environment, else for this run only."""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from typing import TYPE_CHECKING

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

    async def load(self, provider_ids: list[str]) -> None:
        """Read the keys of *provider_ids* from the keyring."""
        self._saved |= await asyncio.to_thread(self._read_all, provider_ids)

    def get(self, provider_id: str) -> str | None:
        """Return the key to use, or None."""
        return (
            self._this_run.get(provider_id)
            or self._saved.get(provider_id)
            or self._from_environment(provider_id)[1]
        )

    def source(self, provider_id: str) -> SecretSource:
        """Return where the key that is in use is kept."""
        if provider_id in self._this_run:
            return SecretSource.THIS_RUN
        if provider_id in self._saved:
            return SecretSource.KEYRING
        if self._from_environment(provider_id)[1]:
            return SecretSource.ENVIRONMENT
        return SecretSource.NONE

    def variable(self, provider_id: str) -> str:
        """Return the environment variable that holds the key; empty when none does."""
        return self._from_environment(provider_id)[0]

    def values(self) -> list[str]:
        """Return every key, for redaction."""
        known = [self.get(provider_id) for provider_id in (*self._saved, *self._this_run)]
        from_environment = [
            value
            for name, value in self._environment.items()
            if name.endswith(("_API_KEY", "_TOKEN")) and len(value) >= 8
        ]
        return [key for key in [*known, *from_environment] if key]

    async def set(self, provider_id: str, key: str) -> SecretSource:
        """Keep *key* in the keyring, or for this run where there is none; empty forgets it."""
        self._this_run.pop(provider_id, None)
        self._saved.pop(provider_id, None)
        stored = await asyncio.to_thread(self._write, provider_id, key)
        if key and stored:
            self._saved[provider_id] = key
        elif key:
            self._this_run[provider_id] = key
        return self.source(provider_id)

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
