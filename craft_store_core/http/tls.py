"""The one TLS context of a client: loading the trusted certificates costs tens of milliseconds."""

from __future__ import annotations

import ssl
from pathlib import Path

from craft_store_core.errors import ConfigurationError


def make_tls_context(ca_bundle: Path | None = None) -> ssl.SSLContext:
    """Return a context that verifies certificates and host names.

    Args:
        ca_bundle: A file of trusted certificates, or a folder of them by hash, instead of those
            of the system. Without it, where the system has none, certifi's are used.

    Raises:
        ConfigurationError: ``ca_bundle`` cannot be read or holds no certificate.
    """
    if ca_bundle is None:
        context = ssl.create_default_context()
        if not context.cert_store_stats()["x509_ca"] and not _has_folder_of_certificates():
            import certifi

            context.load_verify_locations(cafile=certifi.where())
        return context
    try:
        if ca_bundle.is_dir():
            return ssl.create_default_context(capath=str(ca_bundle))
        return ssl.create_default_context(cafile=str(ca_bundle))
    except OSError as error:  # ssl.SSLError is one, too
        raise ConfigurationError(
            f"The CA bundle {str(ca_bundle)!r} cannot be used.",
            why=f"{error.strerror or error}.",
            advice="Set it to a readable file of certificates in PEM format.",
        ) from None


def _has_folder_of_certificates() -> bool:
    # Certificates in a folder are loaded when they are needed, so the context cannot count them.
    folder = ssl.get_default_verify_paths().capath
    return bool(folder) and any(Path(folder).iterdir())
