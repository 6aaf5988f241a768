"""A stand-in of the OpenHEXA App for laptops, demos and tests. Never for production."""
