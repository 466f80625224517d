"""What the tests of all distributions share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "project",
    # How long an example takes says something about the machine, not about the code.
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        # The fixtures of property tests are folders and clients, which all examples may share.
        HealthCheck.function_scoped_fixture,
    ],
)
settings.load_profile("project")
