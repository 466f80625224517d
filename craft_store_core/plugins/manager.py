"""Loading plugins one by one, so that a broken one costs only itself.

A façade over pluggy: nobody else touches pluggy's manager. All hooks are collected when the
manager is made: they are light by contract, and so every failure is known from the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pluggy

from craft_store_core import __version__
from craft_store_core.errors import PluginError
from craft_store_core.plugins import hookspecs
from craft_store_core.plugins.discovery import PluginEntry, discover
from craft_store_core.plugins.failures import PluginFailure, Provider, Stage
from craft_store_core.plugins.offers import (
    ArtifactReaderOffer,
    AuthFlowOffer,
    CommandOffer,
    CredentialBackendOffer,
    EndpointSetOffer,
    Offer,
    ProgressReporterOffer,
    StoreOffer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

HOOKS: Mapping[str, type[Offer[Any]]] = {
    "craft_store_stores": StoreOffer,
    "craft_store_endpoint_sets": EndpointSetOffer,
    "craft_store_artifact_readers": ArtifactReaderOffer,
    "craft_store_auth_flows": AuthFlowOffer,
    "craft_store_credential_backends": CredentialBackendOffer,
    "craft_store_progress_reporters": ProgressReporterOffer,
    "craft_store_commands": CommandOffer,
}
"""Each hook and what it yields."""

DISABLE_VARIABLE = "CRAFT_STORE_DISABLE_PLUGINS"
STRICT_VARIABLE = "CRAFT_STORE_STRICT_PLUGINS"

T = TypeVar("T", bound="Offer[Any]")


@dataclass(frozen=True)
class Provided(Generic[T]):
    """An offer and who made it."""

    offer: T
    provider: Provider


@dataclass(frozen=True)
class PluginPolicy:
    """Which plugins are loaded, and what a broken one does.

    Attributes:
        disabled: Names of entry points that are never imported.
        enabled: False loads nothing but the built-in plugins.
        strict: Raise at the first failure instead of recording it.
    """

    disabled: Collection[str] = ()
    enabled: bool = True
    strict: bool = False

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], *, enabled: bool = True
    ) -> PluginPolicy:
        """Read ``CRAFT_STORE_DISABLE_PLUGINS`` and ``CRAFT_STORE_STRICT_PLUGINS``."""
        names = environment.get(DISABLE_VARIABLE, "").split(",")
        return cls(
            disabled=frozenset(name.strip() for name in names if name.strip()),
            enabled=enabled,
            strict=environment.get(STRICT_VARIABLE, "") not in {"", "0"},
        )


class PluginManager:
    """Every plugin that is installed, what they offer, and what is wrong with some.

    Args:
        entries: The plugins to load; those that are installed by default.
        policy: Which of them are loaded.
        builtin: Name and module of each built-in plugin; registered first, never isolated.

    Raises:
        PluginError: A plugin is broken, and the policy is strict.
    """

    def __init__(
        self,
        entries: Iterable[PluginEntry] | None = None,
        policy: PluginPolicy | None = None,
        *,
        builtin: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._policy = policy or PluginPolicy()
        self._failures: list[PluginFailure] = []
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        self._providers: dict[str, Provider] = {}
        self._register_builtin(builtin)
        installed = list(discover() if entries is None else entries)
        self.disabled: tuple[PluginEntry, ...] = tuple(
            entry
            for entry in installed
            if not self._policy.enabled or entry.name in self._policy.disabled
        )
        for entry in installed:
            if entry not in self.disabled:
                self._load(entry)
        self._offers = {hook: self._collect(hook, kind) for hook, kind in HOOKS.items()}
        self._settle_clashes()

    @property
    def strict(self) -> bool:
        """Defects of plugins are raised instead of being recorded."""
        return self._policy.strict

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """What is wrong, in the order in which it was found."""
        return tuple(self._failures)

    @property
    def providers(self) -> tuple[Provider, ...]:
        """The plugins that are loaded, built-in ones first."""
        return tuple(self._providers.values())

    def offers(self, hook: str, kind: type[T]) -> Sequence[Provided[T]]:
        """Return what the plugins offer through a hook.

        Args:
            hook: Name of the hook.
            kind: The type that the hook yields.
        """
        return [
            Provided(item.offer, item.provider)
            for item in self._offers[hook]
            if isinstance(item.offer, kind)
        ]

    def load_offer(self, item: Provided[Any], expected: Callable[[Any], bool]) -> Any:
        """Call an offer's ``load`` and check what it returns.

        Raises:
            PluginError: It raised, or returned something else. The failure is recorded.
        """
        offer, provider = item.offer, item.provider
        try:
            loaded = offer.load()
        except (Exception, SystemExit) as error:
            self._record(
                PluginFailure(provider, Stage.LOAD, _one_line(error), repr(offer.name), error)
            )
            raise PluginError(
                f"{offer.name!r} of the plugin {provider} could not be loaded.",
                why=_one_line(error),
                advice=(
                    "Run 'craft-store plugins doctor' to see the traceback. Reinstall "
                    "the plugin, or "
                    f"disable it with {DISABLE_VARIABLE}={provider.plugin}."
                ),
            ) from error
        if not expected(loaded):
            reason = f"loading it returns {type(loaded).__qualname__}, which cannot be used"
            self._record(PluginFailure(provider, Stage.LOAD, reason, repr(offer.name)))
            raise PluginError(
                f"{offer.name!r} of the plugin {provider} could not be loaded.", why=reason
            )
        return loaded

    def _register_builtin(self, builtin: Iterable[tuple[str, str]]) -> None:
        for name, module in builtin:
            provider = Provider(name, "craft-store-core", __version__, builtin=True)
            self._pluggy.register(import_module(module), name=str(provider))
            self._providers[str(provider)] = provider

    def _load(self, entry: PluginEntry) -> None:
        provider = Provider(entry.name, entry.distribution, entry.version)
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:
            self._fail(provider, Stage.IMPORT, _one_line(error), "the whole plugin", error)
            return
        if not self._register(provider, plugin):
            return
        self._providers[str(provider)] = provider
        for caller in self._pluggy.get_hookcallers(plugin) or ():
            if not caller.has_spec():
                known = ", ".join(HOOKS)
                reason = f"unknown hook {caller.name!r}; the hooks are {known}"
                self._fail(provider, Stage.UNKNOWN_HOOK, reason, f"the hook {caller.name}")

    def _register(self, provider: Provider, plugin: Any) -> bool:
        name = str(provider)
        if plugin is None:
            reason = "its entry point names None, not a module"
            self._fail(provider, Stage.IMPORT, reason, "the whole plugin")
            return False
        try:
            first = self._pluggy.get_name(plugin)
            if first is None and self._pluggy.has_plugin(name):
                first = name
            if first is None:
                self._pluggy.register(plugin, name=name)
        except (Exception, SystemExit) as error:
            # Older releases of pluggy keep what they could not register.
            self._pluggy.unregister(name=name)
            reason = _one_line(error)
            self._fail(provider, Stage.HOOK_SIGNATURE, reason, "the whole plugin", error)
            return False
        if first is not None:
            reason = f"it is already registered as {first}"
            self._fail(provider, Stage.NAME_CLASH, reason, "the second registration")
        return first is None

    def _collect(self, hook: str, kind: type[Offer[Any]]) -> list[Provided[Offer[Any]]]:
        caller = getattr(self._pluggy.hook, hook)
        collected = []
        # pluggy calls the newest first; registration order is what people see in listings.
        for implementation in caller.get_hookimpls():
            provider = self._providers[implementation.plugin_name]
            try:
                result = implementation.function()
                offers = [] if result is None else list(result)
            except (Exception, SystemExit) as error:
                off = f"the hook {hook}"
                self._fail(provider, Stage.HOOK_CALL, _one_line(error), off, error)
                continue
            wrong = [offer for offer in offers if not isinstance(offer, kind)]
            if wrong:
                reason = f"it yields {type(wrong[0]).__qualname__} instead of {kind.__qualname__}"
                self._fail(provider, Stage.WRONG_TYPE, reason, f"the hook {hook}")
                continue
            collected += [Provided(offer, provider) for offer in offers]
        return collected

    def _settle_clashes(self) -> None:
        for hook, offers in self._offers.items():
            first: dict[str, Provider] = {}
            kept = []
            for item in offers:
                name = item.offer.name
                if name not in first:
                    first[name] = item.provider
                    kept.append(item)
                    continue
                reason = f"{first[name]} also offers it"
                off = f"the {hook.removeprefix('craft_store_').rstrip('s')} {name!r}"
                self._fail(item.provider, Stage.NAME_CLASH, reason, off.replace("_", " "))
                # What the core offers cannot be taken over, nor made ambiguous, by a plugin; of two
                # plugins neither wins, and whoever asks for the name is told.
                if not first[name].builtin:
                    kept.append(item)
            self._offers[hook] = kept

    def _record(self, failure: PluginFailure) -> None:
        # What is loaded twice fails twice, but is one defect.
        if failure not in self._failures:
            self._failures.append(failure)

    def _fail(
        self,
        provider: Provider,
        stage: Stage,
        reason: str,
        off: str,
        error: BaseException | None = None,
    ) -> None:
        self._record(PluginFailure(provider, stage, reason, off, error))
        if self._policy.strict:
            raise PluginError(
                f"The plugin {provider} is broken ({stage.value}).",
                why=reason,
                advice=f"Repair or uninstall the plugin, or unset {STRICT_VARIABLE}.",
            ) from error


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # a plugin's own exception may even fail to tell what it is
        text = ""
    return f"{type(error).__qualname__}: {text}" if text else type(error).__qualname__
