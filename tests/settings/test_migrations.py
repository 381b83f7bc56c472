from __future__ import annotations

from ai_coder.settings.migrations import MIGRATIONS, migrate
from ai_coder.settings.schema import SCHEMA_VERSION


def test_every_older_version_has_a_migration():
    assert set(MIGRATIONS) == set(range(1, SCHEMA_VERSION))


def test_supported_features_of_version_1_become_capabilities():
    document = {"model_configurations": {"m": {"supported_features": ["chat"]}}}

    migrated = migrate(document)

    assert migrated["model_configurations"]["m"] == {"capabilities": ["chat"]}
    assert migrated["schema_version"] == SCHEMA_VERSION
