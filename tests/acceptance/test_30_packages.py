"""Packages of segments as the service gives them out, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from fractions import Fraction

import pytest
from browsing import chromium, play, seek

from stoat_ferret.testing.media import MediaMaker, Source
from stoat_ferret.testing.server import Server

RATE = Fraction(30)
NUMBERS = [*range(90)] * 3
"""Of the frames of three clips: longer than one segment may be."""

BY_HLS = """async (address) => {
    document.body.innerHTML = '<video id="film" muted></video>';
    const film = document.getElementById('film');
    await new Promise((good, bad) => {
        film.oncanplay = good;
        film.onerror = () => bad(film.error.message);
        film.src = address;
    });
}"""

# As players of DASH do: what the manifest names is put into a source of media, stream by stream.
BY_DASH = """async (address) => {
    document.body.innerHTML = '<video id="film" muted></video>';
    const film = document.getElementById('film'), media = new MediaSource();
    film.src = URL.createObjectURL(media);
    await new Promise((good) => { media.onsourceopen = good; });
    const found = async (name) => (await fetch(new URL(name, new URL(address, location)))).arrayBuffer();
    const manifest = new TextDecoder().decode(await found(address));
    const tree = new DOMParser().parseFromString(manifest, 'application/xml');
    const streams = [...tree.getElementsByTagName('Representation')].map((stream) => {
        const kind = `${stream.getAttribute('mimeType')}; codecs="${stream.getAttribute('codecs')}"`;
        return [stream.getAttribute('id'), stream, media.addSourceBuffer(kind)];
    });
    for (const [id, stream, buffer] of streams) {
        const template = stream.getElementsByTagName('SegmentTemplate')[0];
        const named = (attribute, number) => template.getAttribute(attribute)
            .replace('$RepresentationID$', id).replace('$Number%05d$', String(number).padStart(5, '0'));
        const names = [named('initialization', 0)];
        for (const run of template.getElementsByTagName('S')) {
            for (let i = 0; i <= Number(run.getAttribute('r')); i++) names.push(named('media', names.length));
        }
        for (const name of names) {
            const data = await found(name);
            await new Promise((good, bad) => {
                buffer.onupdateend = good;
                buffer.onerror = () => bad(`${name} is refused`);
                buffer.appendBuffer(data);
            });
        }
    }
    media.endOfStream();
}"""


@pytest.fixture(scope="module")
def package(media: MediaMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of the playlists of a film that the service has rendered, without their endings."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "films").mkdir()
    shutil.copy(media.make(Source()), folder / "films" / "film.mp4")
    with Server(folder / "data", media_root=folder / "films") as server, server.client() as client:
        output = {"width": 320, "height": 180, "fps": 30}
        project = client.post("projects", json={"name": "Film", "output": output}).json()["id"]
        for at in (0, 3, 6):
            clip = {"source": "film.mp4", "out_point": 3, "timeline_start": at}
            client.post(f"projects/{project}/clips", json=clip).raise_for_status()
        order = {"project_id": project, "output": "watch/index.m3u8"}
        job = client.post("render", json=order).raise_for_status().json()["job_id"]
        done = client.get(f"jobs/{job}/wait", params={"timeout": 60}).json()
        assert "completed" == done["status"], done
        yield server.url + done["result"]["url"].removesuffix(".m3u8")


@pytest.mark.parametrize(("ending", "load"), [("m3u8", BY_HLS), ("mpd", BY_DASH)], ids=["hls", "dash"])
def test_a_package_plays_in_a_browser(package: str, ending: str, load: str) -> None:
    """Straight from its address: each frame is found from anywhere, and it plays from start to end."""
    with chromium() as page:
        page.goto(f"{package}.{ending}".partition("/api/")[0] + "/api/v1/health/live")
        page.evaluate(load, f"{package}.{ending}")
        assert 9 == pytest.approx(page.evaluate("() => document.getElementById('film').duration"), abs=0.05)
        seek(page, NUMBERS, RATE, [200, 1, 90, 119, 120, 121, 89, 268, 150])
        ended, shown = play(page)
        assert 9 == pytest.approx(ended, abs=0.05)
        assert shown > 0
