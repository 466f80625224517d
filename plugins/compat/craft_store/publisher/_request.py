"""What is asked of a Publisher Gateway, as dictionaries.

Source: Publisher Gateway reference, sections 6.2 and 10.2.
"""

# ruff: noqa: UP013  # with classes, Python 3.10 does not know at run time which keys are required

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import NotRequired, TypedDict

ResourceReleaseRequest = TypedDict(
    "ResourceReleaseRequest", {"name": str, "revision": NotRequired["int | None"]}
)
"""A resource revision to attach to a release."""

ReleaseRequest = TypedDict(
    "ReleaseRequest",
    {
        "channel": str,
        "resources": NotRequired["list[ResourceReleaseRequest]"],
        "revision": "int | None",
    },
)
"""A revision to release to a channel; without a revision the channel is closed."""

CreateTrackRequest = TypedDict(
    "CreateTrackRequest",
    {
        "name": Annotated[str, Field(min_length=1, max_length=28)],
        "version-pattern": NotRequired["str | None"],
        "automatic-phasing-percentage": NotRequired["str | None"],
    },
)
"""A track to create; the percentage is a number, or text that is one."""
