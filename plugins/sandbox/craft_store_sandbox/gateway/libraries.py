"""Placeholder."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("libraries", __name__)
