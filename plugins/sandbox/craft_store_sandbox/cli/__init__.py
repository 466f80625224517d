"""The commands ``craft-store sandbox`` and ``craft-store demo``, and the stores that they serve."""
