"""Everything on one machine: the stand-in App, a hub with its node proxy, the pipelines service, one person's
JupyterLab.
"""
