"""What is installed: the built-in plugins and those found by their entry points.

Apart from :mod:`craft_store_core.assembly` because this much is needed on the way to ``--help``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from craft_store_core.builtin import BUILTIN_PLUGINS
from craft_store_core.plugins.catalogue import Catalogue
from craft_store_core.plugins.manager import PluginManager, PluginPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def load_catalogue(
    environment: Mapping[str, str] | None = None,
    *,
    plugins: bool = True,
    builtin: Sequence[tuple[str, str]] = BUILTIN_PLUGINS,
) -> Catalogue:
    """Load the installed plugins and return what they offer.

    Args:
        environment: Read instead of the process's.
        plugins: False loads the built-in ones only.
        builtin: Name and module of each built-in plugin.

    Raises:
        PluginError: One is broken, and ``CRAFT_STORE_STRICT_PLUGINS`` is set.
    """
    variables = os.environ if environment is None else environment
    policy = PluginPolicy.from_environment(variables, enabled=plugins)
    return Catalogue(PluginManager(policy=policy, builtin=builtin))
