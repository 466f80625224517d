"""The Snap Store as a plugin of Craft Store.

It registers the stores ``snapstore`` and ``snapstore-staging``. No operation of the Snap Store is
implemented yet: the stores can be listed, and every operation on them says that it is not there.
"""

from __future__ import annotations
