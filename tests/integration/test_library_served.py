"""The library over HTTP: scans as jobs, uploads that stream, files with byte ranges."""

from __future__ import annotations

import os
import shutil
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from libraries import sound

from stoat_ferret.testing.media import MediaMaker, Source
from stoat_ferret.testing.server import Server

BIG = 192 * 1024 * 1024
"""Bytes of an upload that no memory should hold."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("service") / "data"
    with Server(data, media_root=root, max_upload_mib="256", rate_limit="0") as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def scanned(http: httpx.Client, path: str) -> dict[str, Any]:
    """The job of a scan, when it has ended."""
    answer = http.post("videos/scan", json={"path": path, "recursive": True})
    assert 202 == answer.status_code, answer.text
    job: dict[str, Any] = http.get(f"jobs/{answer.json()['job_id']}/wait", params={"timeout": 50}).json()
    return job


def problem_code(answer: httpx.Response) -> str:
    assert "application/problem+json" == answer.headers["content-type"], answer.text
    code: str = answer.json()["code"]
    return code


def riff(size: int) -> Iterator[bytes]:
    """A WAV file of so many bytes, in pieces."""
    head = (
        b"RIFF"
        + struct.pack("<I", size - 8)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    )
    head += b"data" + struct.pack("<I", size - len(head) - 8)
    yield head
    left = size - len(head)
    piece = bytes(1024 * 1024)
    while left:
        yield piece[:left]
        left -= min(left, len(piece))


def resident(server: Server) -> int:
    """The most memory that the service ever had, bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def uploads_told(server: Server) -> int:
    """How many uploads the log says have ended."""
    return server.log.read_text().count('"method": "POST", "route": "/api/v1/videos"')


def test_a_scan_is_a_job_with_a_result(http: httpx.Client, root: Path, media: MediaMaker) -> None:
    """It counts what it found, names what it could not read, and what is known then is found."""
    folder = root / "footage"
    folder.mkdir()
    shutil.copy(media.make(Source(frames=30)), folder / "film.mp4")
    (folder / "broken.mp4").write_text("no film")
    job = scanned(http, "footage")
    assert ("completed", 1.0, "scan") == (job["status"], job["progress"], job["kind"])
    result = job["result"]
    expected = {"scanned": 2, "new": 1, "updated": 0, "unchanged": 0, "missing": 0}
    assert expected == {name: result[name] for name in expected}
    assert [(str(folder / "broken.mp4"), "media.not_media")] == [
        (e["path"], e["code"]) for e in result["errors"]
    ]
    video = http.get("videos", params={"q": "film"}).json()["items"][0]
    assert ("film.mp4", 320, 180, "ready") == tuple(
        video[n] for n in ("filename", "width", "height", "status")
    )
    assert 30 == video["fps"]
    found = http.get("search", params={"q": "fil"}).json()
    assert [video["id"]] == [one["id"] for one in found["items"]]
    picture = http.get(f"videos/{video['id']}/thumbnail")
    assert ("image/jpeg", b"\xff\xd8\xff") == (picture.headers["content-type"], picture.content[:3])
    assert "media.outside_roots" == problem_code(http.post("videos/scan", json={"path": "/etc"}))


def test_a_files_bytes_are_read_in_ranges(http: httpx.Client, server: Server, root: Path) -> None:
    """Whole, from the middle, from the end and past it; what is asked wrongly leaves nothing open."""
    path = sound(root / "ranges" / "tone.wav", 5, seconds=1)
    scanned(http, "ranges")
    data = path.read_bytes()
    video = http.get("videos", params={"q": "tone"}).json()["items"][0]
    url = f"videos/{video['id']}/media"
    whole = http.get(url)
    assert (data, "bytes", str(len(data))) == (
        whole.content, whole.headers["accept-ranges"], whole.headers["content-length"]
    )  # fmt: skip
    part = http.get(url, headers={"Range": "bytes=100-199"})
    assert (206, data[100:200], f"bytes 100-199/{len(data)}") == (
        part.status_code, part.content, part.headers["content-range"]
    )  # fmt: skip
    assert data[-50:] == http.get(url, headers={"Range": "bytes=-50"}).content
    assert data[1000:] == http.get(url, headers={"Range": "bytes=1000-"}).content
    before = descriptors(server)
    for _ in range(20):
        past = http.get(url, headers={"Range": f"bytes={len(data)}-"})
        assert (416, f"bytes */{len(data)}") == (past.status_code, past.headers["content-range"])
        assert "bytes.outside" == problem_code(past)
        assert "bytes.range_invalid" == problem_code(http.get(url, headers={"Range": "bytes=x"}))
    assert descriptors(server) <= before + 2
    path.unlink()
    assert "media.missing" == problem_code(http.get(url))
    path.symlink_to("/etc/passwd")
    assert "media.outside_roots" == problem_code(http.get(url))


def test_a_large_upload_takes_no_memory(http: httpx.Client, server: Server, root: Path) -> None:
    """Plain and as a form: what comes is on the disk at once, and nowhere else."""
    sound(root / "warm.wav", 1)
    small = b"".join(riff(100_000))
    assert 201 == http.post("videos", params={"filename": "small.wav"}, content=small).status_code
    before = resident(server)
    plain = http.post("videos", params={"filename": "big.wav"}, content=riff(BIG))
    assert 201 == plain.status_code, plain.text
    assert (BIG, "big.wav") == (plain.json()["file_size"], plain.json()["filename"])
    assert f"/api/v1/videos/{plain.json()['id']}" == plain.headers["location"]
    edge = b'--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    edge += b'--edge\r\nContent-Disposition: form-data; name="file"; filename="big form.wav"\r\n\r\n'

    def form() -> Iterator[bytes]:
        yield edge
        yield from riff(BIG)
        yield b"\r\n--edge--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    sent = http.post("videos", content=form(), headers=kind)
    assert 201 == sent.status_code, sent.text
    assert (BIG, "big form.wav") == (sent.json()["file_size"], sent.json()["filename"])
    assert (root / "big.wav").read_bytes() == (root / "big form.wav").read_bytes()
    assert resident(server) < before + 48 * 1024 * 1024
    for name in ("big.wav", "big form.wav"):
        (root / name).unlink()


def test_uploads_that_cannot_be_are_refused(http: httpx.Client, root: Path) -> None:
    """By name, with a problem, and with nothing left in the root."""
    before = set(os.listdir(root))

    def code(content: bytes, kind: str = "application/octet-stream", **params: str) -> str:
        return problem_code(
            http.post("videos", params=params, content=content, headers={"Content-Type": kind})
        )

    assert "upload.invalid" == code(b"x")
    assert "upload.ending" == code(b"x", filename="a.exe")
    assert "upload.name" == code(b"x", filename="../.a.mp4")
    assert "media.not_media" == code(b"no film at all" * 10, filename="a.mp4")
    form = "multipart/form-data"
    assert "upload.invalid" == code(b"x", form)
    assert "upload.invalid" == code(b"rubbish", f"{form}; boundary=edge")
    field = b'--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\nhello\r\n--edge--\r\n'
    assert "upload.invalid" == code(field, f"{form}; boundary=edge")
    cut = b'--edge\r\nContent-Disposition: form-data; name="x"; filename="a.wav"\r\n\r\nRIFF'
    assert "upload.invalid" == code(cut, f"{form}; boundary=edge")
    long = (
        b'--edge\r\nContent-Disposition: form-data; filename="a.wav"; x='
        + b"x" * 100_000
        + b"\r\n\r\nRIFF\r\n--edge--\r\n"
    )
    assert "upload.invalid" == code(long, f"{form}; boundary=edge")
    assert before == set(os.listdir(root))


def test_an_upload_whose_client_goes_away_leaves_nothing(
    http: httpx.Client, server: Server, root: Path
) -> None:
    """The part that came is removed, and the log holds no fault of the service."""
    before = set(os.listdir(root))
    told = uploads_told(server)
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = f"POST /api/v1/videos?filename=cut.wav HTTP/1.1\r\nHost: {host}:{port}\r\n"
        head += "Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode() + b"RIFF" * 10_000)
        while set(os.listdir(root)) == before:
            assert 200 == http.get("videos").status_code
    while set(os.listdir(root)) != before or uploads_told(server) == told:
        assert 200 == http.get("videos").status_code
    assert "Traceback" not in server.log.read_text()


def test_an_upload_under_a_key_is_done_once(http: httpx.Client) -> None:
    """Sent again, it is answered as before; the same key with another name is refused."""
    data = b"".join(riff(50_000))
    key = {"Idempotency-Key": "upload-1"}
    first = http.post("videos", params={"filename": "once.wav"}, content=data, headers=key)
    again = http.post("videos", params={"filename": "once.wav"}, content=data, headers=key)
    assert (201, 201, first.json()) == (first.status_code, again.status_code, again.json())
    assert "true" == again.headers["Idempotency-Replayed"]
    other = http.post("videos", params={"filename": "other.wav"}, content=data, headers=key)
    assert "idempotency.key_reused" == problem_code(other)


def test_folders_are_browsed_inside_the_roots(http: httpx.Client, root: Path) -> None:
    """From the roots down, and nowhere else."""
    sound(root / "shelf" / "a.wav", 8)
    assert [str(root)] == [one["path"] for one in http.get("filesystem").json()["folders"]]
    inner = http.get("filesystem", params={"path": str(root / "shelf")}).json()
    assert ["a.wav"] == [one["name"] for one in inner["files"]]
    for path in ("/etc", "../..", "shelf/../../.."):
        assert "media.outside_roots" == problem_code(http.get("filesystem", params={"path": path}))


def test_a_document_with_ids_renders_after_a_relink(
    http: httpx.Client, root: Path, media: MediaMaker
) -> None:
    """The project says `vid_…`; the file moves, the library is told, and the render finds it."""
    folder = root / "moving"
    folder.mkdir()
    shutil.copy(media.make(Source(frames=60)), folder / "before.mp4")
    scanned(http, "moving")
    video_id = http.get("videos", params={"q": "before"}).json()["items"][0]["id"]
    output = {"width": 320, "height": 180, "fps": 30}
    project = http.post("projects", json={"name": "Moving", "output": output}).json()["id"]
    clip = {"op": "add_clip", "track_id": "$0", "source": video_id, "in_point": 0, "out_point": 1}
    edits = [{"op": "create_track", "type": "video"}, clip]
    assert 200 == http.post(f"projects/{project}/edits", json={"edits": edits}).status_code
    assert "video.in_use" == problem_code(http.delete(f"videos/{video_id}"))
    (folder / "before.mp4").rename(folder / "after.mp4")
    missing = http.post(f"projects/{project}/validate", json={}).json()["problems"]
    assert ["media.missing"] == [problem["code"] for problem in missing]
    moved = http.patch(f"videos/{video_id}", json={"path": "moving/after.mp4"})
    assert "after.mp4" == moved.json()["filename"], moved.text
    order = {"project_id": project, "output": "moved.mp4", "quality": "draft"}
    job = http.post("render", json=order).json()["job_id"]
    done = http.get(f"jobs/{job}/wait", params={"timeout": 55}).json()
    assert "completed" == done["status"], done
    assert (30, True) == (done["result"]["frames"], done["result"]["verified"])


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "search?q=(((", None, (422, "/query/q")),
        ("GET", "videos?q=(((", None, (422, "/query/q")),
        ("GET", "videos/vid_nobody", None, (404, "/path/video_id")),
        ("GET", "filesystem?path=/etc", None, (422, "/query/path")),
        ("GET", "filesystem?path=nowhere", None, (422, "/query/path")),
        ("POST", "videos/scan", {"path": "/etc"}, (422, "/path")),
        ("POST", "videos/scan", {"path": "nowhere"}, (422, "/path")),
    ],
)
def test_a_problem_points_at_what_was_sent(
    http: httpx.Client, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    """A name in the address, a parameter of the query, a field of the body."""
    refused = http.request(method, path, json=body)
    assert expected == (refused.status_code, refused.json()["problems"][0]["path"])


def test_videos_are_sorted_by_the_names_of_their_fields(http: httpx.Client, root: Path) -> None:
    """By filename and file_size, as well as by name and size."""
    folder = root / "sorted"
    folder.mkdir()
    for name, seconds in (("b", 1), ("a", 3), ("c", 2)):
        sound(folder / f"sort-{name}.wav", seconds=seconds)
    scanned(http, "sorted")
    for field, order in (("filename", "abc"), ("-filename", "cba"), ("file_size", "bca"), ("-size", "acb")):
        items = http.get("videos", params={"q": "sort", "sort": field}).json()["items"]
        assert [f"sort-{name}.wav" for name in order] == [video["filename"] for video in items], field
