"""The commands of the core, offered as any plugin offers its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import CommandOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import click

_COMMANDS = {
    "Publishing": {
        "publish": "Upload artifacts with their resources, wait for the reviews, and release.",
        "upload": "Upload an artifact as a new revision.",
        "upload-resource": "Upload a file or an image as a new revision of a resource.",
        "release": "Release a revision to channels.",
        "revisions": "List the revisions of a package.",
        "resources": "List the resources that a revision declares, with their own revisions.",
        "status": "Show the releases of a package in each channel.",
        "upload-status": "Wait for the review of an earlier upload, or show its status.",
        "resource-revisions": "List the revisions of a resource.",
        "close": "Close channels.",
        "promote": "Release all revisions of one channel to another.",
        "diff": "Compare the releases of two channels.",
    },
    "Account": {
        "login": "Log in to a store and save the credentials.",
        "export-login": "Log in and write the credentials to a file for another machine.",
        "logout": "Remove the stored credentials.",
        "whoami": "Show the account and the limits of its credentials.",
        "auth": "Show or import the credentials of a store.",
    },
    "Names and tracks": {
        "register": "Register a package name.",
        "names": "List the package names of the account.",
        "unregister": "Unregister a package name that has no revisions.",
        "metadata": "Show or set the metadata of a package.",
        "icon": "Set or remove the icon of a package.",
        "tracks": "List the tracks of a package.",
        "create-track": "Create tracks.",
        "set-default-track": "Set the track used when an installer names none.",
    },
    "System": {
        "stores": "List the stores that are installed or configured.",
        "plugins": "List the plugins, or diagnose problems with them.",
        "config": "Show or change the configuration.",
        "completion": "Print a shell completion script.",
        "api": "Send an authenticated request to the store's API.",
    },
}

# Operations of craft_store_core.plugins.endpoint_sets. A command that is not named needs no store,
# or works at each.
_NEEDS = {
    "publish": ("read-artifact", "upload-file", "push-revision"),
    "upload": ("read-artifact", "upload-file", "push-revision"),
    "upload-resource": ("upload-file", "push-resource"),
    "release": ("get-metadata", "release"),
    "revisions": ("list-revisions",),
    "resources": ("list-resources",),
    "status": ("list-releases",),
    "upload-status": ("review-status",),
    "resource-revisions": ("list-resource-revisions",),
    "close": ("get-metadata", "release"),
    "promote": ("get-metadata", "list-releases", "release"),
    "diff": ("get-metadata", "list-releases"),
    "whoami": ("whoami",),
    "register": ("register-name",),
    "names": ("list-names",),
    "unregister": ("unregister-name",),
    "metadata": ("get-metadata",),
    "icon": ("set-icon",),
    "tracks": ("get-metadata",),
    "create-track": ("create-tracks",),
    "set-default-track": ("update-metadata",),
}


@hookimpl
def craft_store_commands() -> Iterator[CommandOffer]:
    """Offer one command per module of this package."""
    for section, commands in _COMMANDS.items():
        for name, summary in commands.items():
            yield CommandOffer(
                name,
                summary,
                load=_loader(name),
                section=section,
                needs=_NEEDS.get(name, ()),
            )


def _loader(name: str) -> Callable[[], click.Command]:
    def load() -> click.Command:
        from importlib import import_module

        module = import_module(f"craft_store_core.cli.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    return load
