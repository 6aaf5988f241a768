"""What the hub's side and the pod's side agree on. Pure Python: no input or output happens in this package."""
