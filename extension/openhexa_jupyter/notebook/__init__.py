"""The notebook side: pipelines and tasks as Python objects, and as widgets."""
