"""Snaps: what a review reads, registering, releasing, and building test artifacts."""
