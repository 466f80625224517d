#!/usr/bin/env python3
"""A charm that greets: the greeting is its resource, who is greeted is its configuration."""

from __future__ import annotations

import ops

RESOURCE = "greeting"
_LONGEST = 200


class HelloStoreCharm(ops.CharmBase):
    """Shows the attached greeting in the unit's status."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.install, self._on_install)
        for event in (self.on.start, self.on.config_changed, self.on.upgrade_charm):
            framework.observe(event, self._on_greet)

    def _on_install(self, _event: ops.InstallEvent) -> None:
        self.unit.status = ops.MaintenanceStatus("waiting for the first configuration")

    def _on_greet(self, _event: ops.EventBase) -> None:
        self.unit.status = self._greet()

    def _greet(self) -> ops.StatusBase:
        """Return the status that the resource and the configuration make."""
        try:
            path = self.model.resources.fetch(RESOURCE)
        except ops.ModelError:
            return ops.BlockedStatus(f"attach the resource: juju attach-resource {RESOURCE}=FILE")
        try:
            greeting = path.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            return ops.BlockedStatus(f"the resource {RESOURCE} is not UTF-8 text")
        if not greeting or "\n" in greeting or len(greeting) > _LONGEST:
            return ops.BlockedStatus(f"the resource {RESOURCE} is not one short line")
        return ops.ActiveStatus(f"{greeting}, {self.config['recipient']}!")


if __name__ == "__main__":
    ops.main(HelloStoreCharm)
