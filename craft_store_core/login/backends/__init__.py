"""The credential backends that come with the core."""
