"""The Publisher Gateway, one module for each area of its reference."""
