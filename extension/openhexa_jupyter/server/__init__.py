"""The server extension: it forwards to the pipelines service and shares one stream of events among the kernels."""
