"""Acme's own store for Craft Store: an example of a plugin, written with the public names alone."""
