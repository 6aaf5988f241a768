"""Files of a workspace, as objects of its bucket, and the addresses to send and fetch them."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from openhexa_devapp.database import Row
from openhexa_devapp.files import InvalidPath
from openhexa_devapp.graphql.context import Context, context_of, done, failed

SALT = "file"
ADDRESS_SECONDS = 3600


def resolve_bucket(workspace: Row, info: GraphQLResolveInfo) -> dict[str, str]:
    """The bucket is named like the workspace."""
    return {"name": workspace["slug"]}


def resolve_object(bucket: dict[str, str], info: GraphQLResolveInfo, key: str) -> dict[str, Any] | None:
    """One file or folder; null for a key that leads outside."""
    try:
        return context_of(info).services.files.get(bucket["name"], key)
    except InvalidPath:
        return None


def resolve_objects(bucket: dict[str, str], info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """Pages of a bucket have no totals; one beyond the end is empty."""
    page, size = max(arguments.get("page") or 1, 1), max(arguments.get("perPage") or 15, 1)
    hidden = arguments.get("ignoreHiddenFiles") is False
    try:
        found = context_of(info).services.files.list(
            bucket["name"], arguments.get("prefix") or "", arguments.get("query"), hidden=hidden
        )
    except InvalidPath:
        found = []
    return {
        "page_number": page,
        "has_next_page": len(found) > page * size,
        "has_previous_page": page > 1,
        "items": found[(page - 1) * size : page * size],
    }


def get_file_by_path(source: None, info: GraphQLResolveInfo, path: str, workspaceSlug: str) -> dict[str, Any] | None:  # noqa: N803
    """The same by workspace and path: what the SDK's `File` asks."""
    context = context_of(info)
    workspace = context.services.workspaces.visible_by_slug(context.principal, workspaceSlug)
    try:
        return context.services.files.get(workspace["slug"], path) if workspace else None
    except InvalidPath:
        return None


def _address(context: Context, kind: str, slug: str, key: str) -> str:
    value = {"workspace": slug, "key": key, "kind": kind}
    return f"{context.base_url}/files/{kind}/{context.services.signer.sign_until(value, ADDRESS_SECONDS, salt=SALT)}/"


def _refusal(context: Context, given: dict[str, Any], right: str) -> str | None:
    workspace = context.services.workspaces.visible_by_slug(context.principal, given["workspaceSlug"])
    if workspace is None or not context.services.permissions.may(context.principal, workspace, right):
        return "PERMISSION_DENIED"
    try:
        context.services.files.path(workspace["slug"], given["objectKey"])
    except InvalidPath:
        return "INVALID_PATH"
    return None


def prepare_upload(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """An address that takes the file by PUT for an hour."""
    context = context_of(info)
    refusal = _refusal(context, input, "createObject")
    if refusal:
        return failed(refusal, uploadUrl=None, headers=None)
    return done(uploadUrl=_address(context, "up", input["workspaceSlug"], input["objectKey"]), headers=None)


def prepare_download(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """An address that gives the file for an hour."""
    context = context_of(info)
    refusal = _refusal(context, input, "downloadObject")
    if refusal is None and context.services.files.get(input["workspaceSlug"], input["objectKey"]) is None:
        refusal = "NOT_FOUND"
    if refusal:
        return failed(refusal, downloadUrl=None)
    address = _address(context, "dl", input["workspaceSlug"], input["objectKey"])
    return done(downloadUrl=address + ("?attachment=true" if input.get("forceAttachment", True) else ""))


RESOLVERS = {
    "Query": {"getFileByPath": get_file_by_path},
    "Mutation": {"prepareObjectUpload": prepare_upload, "prepareObjectDownload": prepare_download},
    "Workspace": {"bucket": resolve_bucket},
    "Bucket": {"object": resolve_object, "objects": resolve_objects},
}
