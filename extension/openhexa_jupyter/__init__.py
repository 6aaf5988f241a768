"""What runs in the user's server: the server extension, and the notebook side."""
