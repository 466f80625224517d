"""Charms: what a review reads, how it ends, and building test artifacts."""
