"""`python -m openhexa_hub.service`: what the hub runs for its managed service."""

from __future__ import annotations

from openhexa_hub.service.main import main

if __name__ == "__main__":
    main()
