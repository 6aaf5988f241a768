"""The GraphQL requests about pipelines and runs. Pure: only text. Values always travel as variables, never inside the
text.

Source: the schema that openhexa.sdk ships. `PipelineRun.enableDebugLogs` is never asked for: the App cannot answer it.
"""

from __future__ import annotations

from functools import cache

PARAMETERS = """
fragment Parameters on PipelineVersion {
  config
  parameters {
    code name type required multiple default help choices widget connection directory disables disableWhen
    choicesFromFile { path format column }
  }
}
"""

WORKSPACE = """
query Workspace($slug: String!) {
  me { user { email } }
  workspace(slug: $slug) { slug name permissions { update } }
}
"""

WORKSPACES = """
query Workspaces($page: Int!) {
  workspaces(page: $page, perPage: 100) { totalPages items { slug name } }
}
"""

PIPELINES = """
query Pipelines($slug: String!, $page: Int!) {
  pipelines(workspaceSlug: $slug, page: $page, perPage: 100) {
    totalPages
    items { id code name description type permissions { run } currentVersion { id versionNumber versionName } }
  }
}
"""

PIPELINE = (
    """
query Pipeline($id: UUID!) {
  me { user { email } }
  pipeline(id: $id) {
    id code name description type
    workspace { slug }
    permissions { run }
    currentVersion { id versionNumber versionName name ...Parameters }
  }
}
"""
    + PARAMETERS
)

VERSION = (
    """
query Version($id: UUID!) {
  pipelineVersion(id: $id) { id versionNumber versionName name pipeline { id } ...Parameters }
}
"""
    + PARAMETERS
)

VERSIONS = """
query Versions($id: UUID!, $page: Int!) {
  pipeline(id: $id) { versions(page: $page, perPage: 50) { totalPages items { id versionNumber versionName name } } }
}
"""

RUN_PIPELINE = """
mutation Run($input: RunPipelineInput!) {
  runPipeline(input: $input) { success errors run { id status } }
}
"""

STOP_PIPELINE = """
mutation Stop($input: StopPipelineInput!) {
  stopPipeline(input: $input) { success errors }
}
"""

_STATE = "id status progress"
_DETAILS = (
    _STATE
    + """
    messages { priority message timestamp }
    outputs {
      __typename
      ... on BucketObject { objectName: name key size }
      ... on DatabaseTable { tableName: name count }
      ... on GenericOutput { genericName: name genericType: type genericUri: uri }
    }"""
)
_END = _DETAILS + "\n    logs"
FIELDS = {"state": _STATE, "details": _DETAILS, "end": _END}
"""How much is asked of each run: its state; with messages and outputs; with the container's logs besides."""


@cache
def runs(count: int, depth: str) -> str:
    """Return the request for `count` runs at once, aliased `r0`, `r1`, … with variables of the same names, and
    `$slug`.
    """
    variables = "".join(f", $r{index}: UUID!" for index in range(count))
    aliases = "".join(f"  r{index}: pipelineRun(id: $r{index}) {{ ...Run }}\n" for index in range(count))
    return (
        f"query Runs($slug: String!{variables}) {{\n"
        f"  me {{ user {{ email }} }}\n  workspace(slug: $slug) {{ slug }}\n{aliases}}}\n"
        f"fragment Run on PipelineRun {{ {FIELDS[depth]} }}\n"
    )
