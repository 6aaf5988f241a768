"""What each role may do in a workspace. No input or output happens here, beyond looking up the role."""

from __future__ import annotations

import enum

from openhexa_devapp.database import Row
from openhexa_devapp.people import People
from openhexa_devapp.principals import Principal


class Role(enum.IntEnum):
    """Ordered: who may do more stands higher. A run acts for its workspace, without being a member."""

    NONE = 0
    VIEWER = 1
    RUN = 2
    EDITOR = 3
    ADMIN = 4


WORKSPACE_RIGHTS = {
    "createConnection": Role.EDITOR,
    "createDataset": Role.RUN,
    "createObject": Role.RUN,
    "createPipeline": Role.EDITOR,
    "createPipelineTemplateVersion": Role.ADMIN,
    "createSavedQuery": Role.EDITOR,
    "delete": Role.ADMIN,
    "deleteDatabaseTable": Role.EDITOR,
    "deleteObject": Role.RUN,
    "downloadObject": Role.VIEWER,
    "launchNotebookServer": Role.EDITOR,
    "manageMembers": Role.ADMIN,
    "update": Role.EDITOR,
}
"""The lowest role that has each of GraphQL's `WorkspacePermissions`."""


class Permissions:
    """Looks up roles and compares them."""

    def __init__(self, people: People) -> None:
        self._people = people

    def role(self, principal: Principal, workspace: Row) -> Role:
        """The caller must have made sure that a run's principal belongs to this workspace."""
        if principal.run is not None:
            return Role.RUN
        if principal.person is None:
            return Role.NONE
        membership = self._people.membership(principal.person["id"], workspace["id"])
        if membership is not None:
            return Role[membership["role"]]
        return Role.ADMIN if principal.person["is_superuser"] else Role.NONE

    def may(self, principal: Principal, workspace: Row, right: str) -> bool:
        """Whether the role has this right (a key of WORKSPACE_RIGHTS)."""
        return self.role(principal, workspace) >= WORKSPACE_RIGHTS[right]

    def of_workspace(self, principal: Principal, workspace: Row) -> dict[str, bool]:
        """Every right, and whether the role has it."""
        role = self.role(principal, workspace)
        return {right: role >= lowest for right, lowest in WORKSPACE_RIGHTS.items()}
