"""Placeholder."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("tracks", __name__)
