"""The REST API. A handler reads the request, calls a use case and writes the answer; each module ends with its
routes.
"""
