"""What runs beside JupyterHub: authenticator, credentials, and the pipelines service."""
