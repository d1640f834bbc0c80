"""Webhooks reach the open internet, and nothing within; who sent them can be proven."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from stoat_ferret.errors import OutboundFailed, OutboundRefused
from stoat_ferret.operations.outbound import Answer, Caller, Resolve, new_secret, resolve, sign


def names(**known: Sequence[str]) -> Resolve:
    """A look-up that knows these names."""

    async def look(host: str, port: int) -> Sequence[str]:
        if host not in known:
            raise OSError("no such name")
        return known[host]

    return look


def refused(url: str, *addresses: str, **chosen: Any) -> str:
    """Why a call is refused."""
    look = names(**{"hooks.example": addresses}) if addresses else resolve
    with pytest.raises(OutboundRefused) as caught:
        asyncio.run(Caller(resolve=look, **chosen).post(url, b"{}", {}))
    (problem,) = caught.value.problems
    assert ("webhook.address", "/url", True) == (problem.code, problem.path, bool(problem.hint))
    return problem.message


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
        "192.88.99.1", "192.0.0.8", "192.0.0.9", "192.31.196.1", "168.63.129.16",
        "fec0::1", "feff::1", "3fff::1", "5f00::1", "2001:20::1", "2001:3::1", "::7f00:1", "100::1",
        "::ffff:168.63.129.16", "2002:c058:6301::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:0:1::1",
    ],
)  # fmt: skip
def test_addresses_within(address: str) -> None:
    """Whatever name leads there, also among others, and written into the URL itself."""
    assert "private" in refused("https://hooks.example/x", address)
    assert "private" in refused("https://hooks.example/x", "93.184.216.34", address)
    plain = address.partition("%")[0]
    shown = f"[{plain}]" if ":" in plain else plain
    with pytest.raises(OutboundRefused):
        Caller().check(f"https://{shown}:8443/x")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "a.localhost", "metadata.google.internal", "printer.local",
        "localhost.", "LocalHost.", "a.localhost.", "metadata.google.internal.", "printer.local.",
        "127.0.0.1.", "127.1.", "10.0.0.1.", "2130706433.", "localhost..",
    ],
)  # fmt: skip
def test_names_within(host: str) -> None:
    """Names that never lead outside."""
    assert "private" in refused(f"https://{host}/")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
def test_addresses_in_disguise(host: str) -> None:
    """The system reads them as loopback, and so do we."""
    assert "private" in refused(f"https://{host}/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/", "TLS"),
        ("ftp://hooks.example/", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("https://", "no web address"),
        ("https://a b/", "no web address"),
        ("https://hooks.example/\r\nHost: x", "no web address"),
        ("https://user:pass@hooks.example/", "password"),
        ("https://hooks.example:99999/", "read"),
        ("https://hooks.example:0/", "port"),
        ("https://hooks.example:22/", "port"),
        ("https://hooks.example:6667/", "port"),
        ("https://./", "no web address"),
        ("https://[::1/", "read"),
        ("https://evil\\@hooks.example/", "no web address"),
    ],
)
def test_urls_that_cannot_be(url: str, why: str) -> None:
    """Told before anything is looked up."""
    assert why in refused(url)


class Server:
    """A server of HTTP/1.1 on loopback that answers all the same."""

    def __init__(self, answer: bytes, *, hold: bool = False) -> None:
        self.answer = answer
        self.hold = hold
        self.seen = b""
        self.serving: list[asyncio.Task[None]] = []

    async def call(self, body: bytes = b"{}", *, timeout: float = 5.0, path: str = "/hook?a=1") -> Answer:
        """Post to it by a name that leads to it."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        caller = Caller(
            allow_private=True,
            allow_http=True,
            timeout=timeout,
            resolve=names(**{"hooks.example": ("127.0.0.1",)}),
        )
        try:
            return await caller.post(f"http://hooks.example:{port}{path}", body, {"webhook-id": "msg_1"})
        finally:
            server.close()
            await asyncio.gather(*self.serving)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.seen = head + await reader.read(100)
        writer.write(self.answer)
        with contextlib.suppress(ConnectionError):
            if self.hold:
                await reader.read()
            writer.close()
            await writer.wait_closed()


def test_a_delivery() -> None:
    """Goes to the address that was checked, under the name that was asked for."""
    server = Server(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert 204 == asyncio.run(server.call(b'{"type":"JOB_COMPLETED"}')).status
    head, _, body = server.seen.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert "post /hook?a=1 http/1.1" == lines[0]
    assert any(line.startswith("host: hooks.example:") for line in lines)
    assert "webhook-id: msg_1" in lines
    assert b'{"type":"JOB_COMPLETED"}' == body


def test_no_redirect_is_followed() -> None:
    """It would lead past the check."""
    server = Server(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
    assert 302 == asyncio.run(server.call()).status


def test_answers_are_read_only_so_far() -> None:
    """A server that never ends its answer keeps nobody."""
    server = Server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, hold=True)
    answer = asyncio.run(server.call())
    assert (200, 65_536) == (answer.status, len(answer.body))


def test_time_ends() -> None:
    """The whole call, however slowly the answer drips."""
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", hold=True)
    with pytest.raises(OutboundFailed, match=r"longer than 0\.2 s"):
        asyncio.run(server.call(timeout=0.2))


def test_nobody_is_there() -> None:
    """Told without more than the name."""
    with pytest.raises(OutboundFailed, match=r"no-such\.example failed: its name leads nowhere"):
        asyncio.run(Caller(resolve=names()).post("https://no-such.example/", b"", {}))
    with socket.socket() as deaf, pytest.raises(OutboundFailed, match="no connection"):
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        asyncio.run(Caller(allow_private=True, allow_http=True).post(url, b"", {}))


@given(body=st.binary(max_size=200), name=st.from_regex(r"msg_[A-Za-z0-9]{1,30}", fullmatch=True))
def test_signatures(body: bytes, name: str) -> None:
    """What we sign, the scheme's own library takes; what was changed on the way, it refuses."""
    secret = new_secret()
    text = base64.b64encode(body).decode()
    now = int(datetime.now(UTC).timestamp())
    headers = sign(secret, message_id=name, timestamp=now, body=f'"{text}"'.encode())
    oracle = standardwebhooks.Webhook(secret)
    assert text == oracle.verify(f'"{text}"', headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        oracle.verify(f'"{text}x"', headers)
    assert name == headers["webhook-id"]


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_YWJj", "YWJj" * 10, "whsec_é", "whsec_" + "YWJj" * 30]
)
def test_secrets_that_are_none(secret: str) -> None:
    """Too short, too long, or no base64."""
    with pytest.raises(ValueError, match="whsec_"):
        sign(secret, message_id="m", timestamp=0, body=b"")


def test_ids_that_are_none() -> None:
    """A full stop would move the border between the signed parts."""
    with pytest.raises(ValueError, match="full stop"):
        sign(new_secret(), message_id="a.b", timestamp=0, body=b"")
