"""What the hub's side and the pod's side agree on. Pure Python: no input or output happens in this package.

`errors` (the tree of public errors), `i18n` (translated sentences), `parameters` (what a pipeline asks for),
`validation` (what a pipeline accepts, with `json_value`), `forms` with `field` and `controls` (the state of a form),
`tasks` (the state machine of a task), `api` (requests and answers), `events` (the event stream's format).
"""
