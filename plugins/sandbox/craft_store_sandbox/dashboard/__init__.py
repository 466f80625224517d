"""The Snap Store's dashboard: one module for each area of its API (Snap Store reference)."""
