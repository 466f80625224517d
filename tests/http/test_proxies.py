"""Proxies: read once, never for loopback hosts, and named when they fail."""

from __future__ import annotations

import importlib.util
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from craft_store_core.errors import ConfigurationError, StoreError, StoreUnreachableError
from craft_store_core.http.proxies import ProxyRules, proxies_in_force
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.http.conftest import Certificates, ClientFactory


class _Proxy(BaseHTTPRequestHandler):
    """Answers plain requests itself; connects every tunnel to one server."""

    seen: ClassVar[list[tuple[str, str, str | None]]]
    target: ClassVar[int]
    refusal: ClassVar[int]

    def _note(self) -> None:
        self.seen.append((self.command, self.path, self.headers["Proxy-Authorization"]))

    def do_GET(self) -> None:
        self._note()
        self.send_response(self.refusal or 200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"proxy")

    def do_CONNECT(self) -> None:
        self._note()
        if self.refusal:
            self.send_error(self.refusal)
            return
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", self.target)) as there:
            ends = {self.connection: there, there: self.connection}
            while True:
                for ready in select.select(list(ends), [], [])[0]:
                    block = ready.recv(65536)
                    if not block:
                        self.close_connection = True
                        return
                    ends[ready].sendall(block)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        pass


class RunningProxy:
    """A proxy in a thread."""

    def __init__(self) -> None:
        class Handler(_Proxy):
            seen: ClassVar[list[tuple[str, str, str | None]]] = []
            target = refusal = 0

        self.handler = Handler
        self.seen = Handler.seen
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def location(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def proxy() -> Iterator[RunningProxy]:
    """A proxy on loopback."""
    running = RunningProxy()
    yield running
    running.close()


def test_plain_http_through_a_proxy(proxy: RunningProxy, make_client: ClientFactory) -> None:
    """A plain request goes to the proxy, with the proxy's own credentials."""
    client = make_client(proxies={"http": f"http://jo:pw@{proxy.location}"}, allow_http=True)
    assert client.request("GET", "http://store.invalid/a").text == "proxy"
    client.close()
    assert proxy.seen == [("GET", "http://store.invalid/a", "Basic am86cHc=")]


def test_tls_through_a_tunnel(
    proxy: RunningProxy, other_certificates: Certificates, make_client: ClientFactory
) -> None:
    """A tunnel leads to the store, which is verified; credentials do not reach the proxy."""
    with ScriptedServer(tls=other_certificates.context) as store:
        store.expect("GET", "/a", json={"a": 1})
        proxy.handler.target = store.port
        client = make_client(
            proxies={"all": proxy.location}, ca_bundle=other_certificates.authority
        )
        answer = client.request(
            "GET", "https://store.example.test/a", headers={"Authorization": "Macaroon abc"}
        )
        assert answer.json() == {"a": 1}
        client.close()
    assert proxy.seen == [("CONNECT", "store.example.test:443", None)]
    assert store.requests[0].headers["Authorization"] == "Macaroon abc"


@pytest.mark.parametrize(("status", "waits"), [(407, 0), (403, 0), (502, 2)])
def test_refused_tunnels(
    proxy: RunningProxy, make_client: ClientFactory, status: int, waits: int
) -> None:
    """A proxy that makes no tunnel is named with its answer, and without its password."""
    proxy.handler.refusal = status
    client = make_client(proxies={"https": f"http://jo:hunter2@{proxy.location}"})
    with pytest.raises(StoreUnreachableError, match=f"the proxy {proxy.location}") as caught:
        client.request("POST", "https://store.example.test/a")
    assert f"status {status}" in (caught.value.why or "")
    assert "hunter2" not in f"{caught.value} {caught.value.why} {caught.value.advice}"
    assert len(make_client.waits) == waits


def test_a_proxy_that_wants_credentials(proxy: RunningProxy, make_client: ClientFactory) -> None:
    """A plain request that the proxy refuses is a refusal that says who wants credentials."""
    proxy.handler.refusal = 407
    client = make_client(proxies={"http": proxy.location}, allow_http=True)
    with pytest.raises(StoreError) as caught:
        client.request("GET", "http://store.invalid/a")
    assert caught.value.status == 407
    assert "proxy" in (caught.value.advice or "")


def test_a_proxy_that_is_not_there(make_client: ClientFactory) -> None:
    """A proxy that refuses connections is named, not the store."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        location = f"127.0.0.1:{bound.getsockname()[1]}"
    client = make_client(proxies={"https": location})
    with pytest.raises(StoreUnreachableError, match=f"the proxy {location} could not be reached"):
        client.request("GET", "https://store.example.test/a")


@pytest.mark.parametrize(
    "proxy_url",
    ["http://", "gopher://h:1", "http://[::1", "http://h:0", "http://h:x", "http://jo:hunter2@:1"],
)
def test_malformed_proxies(make_client: ClientFactory, proxy_url: str) -> None:
    """A proxy URL that cannot be used is an error of the configuration, without its password."""
    client = make_client(proxies={"https": proxy_url})
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        client.request("GET", "https://store.example.test/a")
    assert "hunter2" not in f"{caught.value} {caught.value.why} {caught.value.advice}"


def test_socks_needs_its_library(make_client: ClientFactory) -> None:
    """A SOCKS proxy without the library for it says what is missing."""
    if importlib.util.find_spec("socks"):
        pytest.skip("PySocks is installed, so the error for its absence cannot be seen")
    client = make_client(proxies={"https": "socks5://jo:hunter2@127.0.0.1:1"})
    with pytest.raises(ConfigurationError, match=r"127\.0\.0\.1:1") as caught:
        client.request("GET", "https://store.example.test/a")
    assert "PySocks" in (caught.value.why or "")
    assert "hunter2" not in str(caught.value)


def test_loopback_needs_no_proxy(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A store on this machine is asked directly, whatever the proxies are."""
    scripted_server.expect("GET", "/a", times=2)
    client = make_client(proxies={"all": "http://proxy.invalid:3128"})
    assert client.request("GET", f"{scripted_server.url}/a").status == 200
    assert client.request("GET", f"http://localhost:{scripted_server.port}/a").status == 200


def test_the_users_file_stands_between_variables_and_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each scheme by itself; an exception in a variable replaces those of the file."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://variable.example:1")
    file = {"https": "http://file.example:2", "http": "http://file.example:3", "no": "a.example"}
    rules = ProxyRules(proxies_in_force(file))
    assert rules.proxy_for("https://store.example/") == "http://variable.example:1"
    assert rules.proxy_for("http://store.example/") == "http://file.example:3"
    assert rules.proxy_for("http://a.example/") is None
    monkeypatch.setenv("NO_PROXY", "b.example")
    rules = ProxyRules(proxies_in_force(file))
    assert rules.proxy_for("http://b.example/") is None
    assert rules.proxy_for("http://a.example/") == "http://file.example:3"


def test_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies come from the environment as it was when the client was made."""
    monkeypatch.setenv("https_proxy", "http://proxy.example.test:3128")
    monkeypatch.setenv("no_proxy", "direct.example.test")
    rules = ProxyRules()
    monkeypatch.setenv("https_proxy", "http://late.example.test:3128")
    assert rules.proxy_for("https://store.example.test/") == "http://proxy.example.test:3128"
    assert rules.proxy_for("https://direct.example.test/") is None


@pytest.mark.parametrize(
    ("url", "direct"),
    [
        ("https://store.example.test/", False),
        ("https://acme.test/", True),
        ("https://api.acme.test:8443/", True),
        ("https://notacme.test/", False),
        ("https://sub.dotted.test/", True),
        ("https://dotted.test/", True),
        ("https://ported.test:8443/", True),
        ("https://ported.test/", False),
        ("https://10.1.2.3/", True),
        ("https://11.1.2.3/", False),
        ("https://[fd00::7]/", True),
        ("https://192.0.2.7/", True),
    ],
)
def test_no_proxy(url: str, direct: bool) -> None:
    """NO_PROXY takes names with their subdomains, ports, addresses and networks."""
    rules = ProxyRules(
        {
            "all": "http://proxy.example.test:3128",
            "no": "acme.test, .dotted.test,ported.test:8443,10.0.0.0/8,fd00::/8,192.0.2.7,,x/y",
        }
    )
    assert (rules.proxy_for(url) is None) == direct


def test_no_proxy_for_everything() -> None:
    """A star switches proxies off; a scheme without a proxy has none."""
    assert ProxyRules({"all": "p:1", "no": "*"}).proxy_for("https://a.test/") is None
    assert ProxyRules({"http": "p:1"}).proxy_for("https://a.test/") is None
    assert ProxyRules({"http": "p:1"}).proxy_for("http://a.test/") == "http://p:1"
