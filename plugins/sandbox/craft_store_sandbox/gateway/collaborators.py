"""Placeholder."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("collaborators", __name__)
