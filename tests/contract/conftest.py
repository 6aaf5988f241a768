"""The SDK's own verdict on a config, with its look-ups in the workspace replaced (they would ask the App)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from openhexa.sdk.pipelines.parameter import Parameter as SdkParameter
from openhexa.sdk.pipelines.parameter import types as sdk_types
from openhexa.sdk.pipelines.pipeline import Pipeline as SdkPipeline
from openhexa.sdk.workspaces.current_workspace import ConnectionDoesNotExist

REFUSED = "refused"


class KnownWorkspace:
    """A workspace in which every identifier exists, but a blank one; what is looked up is its identifier."""

    def find(self, identifier: str) -> str:
        if not identifier.strip():
            raise ConnectionDoesNotExist(identifier)
        return identifier

    dhis2_connection = iaso_connection = postgresql_connection = find
    s3_connection = gcs_connection = custom_connection = find

    def get_dataset(self, identifier: str) -> str:
        if not identifier.strip():
            raise ValueError(identifier)
        return identifier

    get_file = get_dataset


class Sdk:
    """What openhexa.sdk says."""

    REFUSED = REFUSED

    def run(self, parameters: Sequence[SdkParameter], config: Mapping[str, Any]) -> Any:
        """The arguments of the pipeline's function, or REFUSED; any exception would be a failed run."""
        pipeline = SdkPipeline("oracle", lambda: None, parameters)
        try:
            accepted = pipeline._validate_config(copy.deepcopy(dict(config)))
        except Exception:
            return REFUSED
        return {code: str(value) if isinstance(value, sdk_types.Secret) else value for code, value in accepted.items()}

    def launch(self, parameters: Sequence[SdkParameter], config: Mapping[str, Any]) -> Any:
        """The same by way of the App, which drops a parameter's null from the config."""
        codes = {parameter.code for parameter in parameters}
        return self.run(
            parameters, {key: value for key, value in config.items() if value is not None or key not in codes}
        )


@pytest.fixture(scope="session")
def sdk() -> Any:
    patch = pytest.MonkeyPatch()
    patch.setattr(sdk_types, "workspace", KnownWorkspace())
    yield Sdk()
    patch.undo()
