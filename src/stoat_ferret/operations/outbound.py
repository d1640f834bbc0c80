"""Calls to servers that a client has named: webhooks.

The address is checked and the connection goes to the very address that was checked,
so that a name that means another machine a moment later gets nobody in (DNS rebinding).
No redirects, no proxies of the environment, nothing but HTTP; what comes back is read only so far.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ipaddress
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from stoat_ferret.config import Settings
from stoat_ferret.errors import OutboundFailed, OutboundRefused

__all__ = ["Answer", "Caller", "Resolve", "new_secret", "resolve", "sign"]

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name and port, as text."""

_SPECIAL: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # what serves a machine of Azure from within
        "192.0.0.0/24",  # protocols of the IETF, of which Python takes some for global
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # relays of 6to4
        "192.175.48.0/24",  # AS112
        "2001::/23",  # protocols of the IETF
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)
"""Networks that are none of the open internet, though Python's `is_global` may say so."""

# The ports that browsers do not call (https://fetch.spec.whatwg.org/#port-blocking): what listens there
# speaks another language, and might take a call for a command.
_OTHER_PORTS: Final = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95),
        *(101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179),
        *(389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636),
        *(989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566),
        *(6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)

_LARGEST_ANSWER: Final = 64 * 1024
_PREFIX: Final = "whsec_"
_SHORTEST_SECRET: Final = 24
_LONGEST_SECRET: Final = 64


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host name, by the system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the other server said."""

    status: int
    """Its HTTP status."""
    body: bytes
    """The beginning of its answer, 64 KiB at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Posts to servers that are not ours, and to no others."""

    allow_private: bool = False
    """Private and loopback addresses too."""
    allow_http: bool = False
    """Without TLS too."""
    timeout: float = 10.0
    """The longest that a call may take altogether, seconds."""
    resolve: Resolve = field(default=resolve, repr=False)
    """What looks up names; the system's by default."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """Whom to trust; none: the authorities that come with the package `certifi`."""

    @classmethod
    def of(cls, settings: Settings) -> Caller:
        """As the settings say."""
        return cls(
            allow_private=settings.webhook_allow_private,
            allow_http=settings.webhook_allow_http,
            timeout=settings.webhook_timeout_seconds,
        )

    def check(self, url: str) -> SplitResult:
        """The parts of a URL that may be called, as far as the URL alone tells.

        Raises `OutboundRefused`.
        """
        try:
            parts = urlsplit(url)
            host, port = _host(parts), parts.port
        except ValueError:
            raise _refused(
                "It cannot be read.", "Give an address such as https://hooks.example/stoat."
            ) from None
        if parts.scheme not in ("http", "https") or not host or not _is_plain(url):
            raise _refused("It is no web address.", "Give an address such as https://hooks.example/stoat.")
        if parts.scheme == "http" and not self.allow_http:
            raise _refused("It goes without TLS.", "Use https, or allow it by STOAT_WEBHOOK_ALLOW_HTTP.")
        if parts.username is not None or parts.password is not None:
            raise _refused("It carries a name or a password.", "Webhooks are proven by their signature.")
        if port in _OTHER_PORTS:
            raise _refused(
                "No web server answers at its port.", "Use 443, or another that browsers call too."
            )
        if not self.allow_private and _is_private_literal(host):
            raise _private()
        return parts

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post `body`, and give what came back, whatever its status.

        Raises `OutboundRefused` for an address that may not be called, `OutboundFailed` when the call fails.
        """
        parts = self.check(url)
        host = parts.hostname or ""
        try:
            async with asyncio.timeout(self.timeout):
                return await self._post(parts, await self._address(parts), body, headers)
        except TimeoutError:
            raise OutboundFailed(host=host, detail=f"it took longer than {self.timeout:g} s") from None
        except httpx.HTTPError as error:
            raise OutboundFailed(host=host, detail=_words(error)) from None

    async def _address(self, parts: SplitResult) -> str:
        host, port = _host(parts), parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await self.resolve(host, port)
        except (OSError, UnicodeError):
            raise OutboundFailed(host=host, detail="its name leads nowhere") from None
        if not found:
            raise OutboundFailed(host=host, detail="its name leads nowhere")
        # One inner address among outer ones is a trap, not a choice.
        if not self.allow_private and any(_is_private(address) for address in found):
            raise _private()
        return found[0]

    async def _post(
        self, parts: SplitResult, address: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        host = _host(parts)
        url = httpx.URL(parts.geturl()).copy_with(host=address, fragment=None)
        # The certificate must be that of the name, though the connection goes to the address.
        extensions = {"sni_hostname": host} if parts.scheme == "https" else {}
        port = f":{parts.port}" if parts.port else ""
        shown = f"[{host}]{port}" if ":" in host else f"{host}{port}"
        client = httpx.AsyncClient(
            verify=self.tls or True, trust_env=False, follow_redirects=False, timeout=self.timeout
        )
        async with (
            client,
            client.stream(
                "POST",
                url,
                content=body,
                headers={"user-agent": "stoat-and-ferret", **headers, "host": shown},
                extensions=extensions,
            ) as response,
        ):
            return Answer(status=response.status_code, body=await _beginning(response))


def new_secret() -> str:
    """A secret for a webhook: `whsec_` and 256 random bits."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks that prove who sent `body`.

    `message_id` names the event and is the same at every attempt; `timestamp` is that of this attempt,
    seconds since 1970. Raises `ValueError` for a secret that is none.
    """
    if "." in message_id or not message_id.isascii() or not message_id.isprintable():
        raise ValueError("an id of a message is printable ASCII without a full stop")
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST_SECRET <= len(key) <= _LONGEST_SECRET:
        raise ValueError("a secret of a webhook is whsec_ and 24 to 64 bytes in base64")
    return key


async def _beginning(response: httpx.Response) -> bytes:
    # Raw: what is packed may be a thousand times as large unpacked.
    read = b""
    async for piece in response.aiter_raw():
        read += piece
        if len(read) >= _LARGEST_ANSWER:
            break
    return read[:_LARGEST_ANSWER]


def _host(parts: SplitResult) -> str:
    """The name without the dot that may end it: it means the same, and looks like another."""
    return (parts.hostname or "").rstrip(".")


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and not any(mark in url for mark in ' \\<>"^`{|}')


def _is_private_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        with contextlib.suppress(OSError):
            # Numbers that the system's own resolver takes for addresses: 127.1, 0x7f.1, 2130706433.
            return _is_private(socket.inet_ntoa(socket.inet_aton(host)))
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    return _is_private(host)


def _is_private(text: str) -> bool:
    """Whether an address is any but one of the open internet; also one that is hidden within another."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return _is_private(str(inner))
    special = any(address in network for network in _SPECIAL)
    return special or (
        not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified
    )


def _private() -> OutboundRefused:
    return _refused(
        "It leads to a private address.",
        "Webhooks go to the open internet; STOAT_WEBHOOK_ALLOW_PRIVATE lets them go elsewhere.",
    )


def _refused(reason: str, hint: str) -> OutboundRefused:
    return OutboundRefused.because(
        "webhook.address", f"The address cannot be called. {reason}", hint=hint, path="/url"
    )


def _words(error: httpx.HTTPError) -> str:
    match error:
        case httpx.TimeoutException():
            return "it took too long"
        case httpx.ConnectError():
            return "no connection could be made"
        case _:
            return "the connection broke"
