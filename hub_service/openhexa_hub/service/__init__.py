"""The pipelines service: pipelines, tasks and their events over REST, beside the hub. Run by `python -m
openhexa_hub.service`.
"""
