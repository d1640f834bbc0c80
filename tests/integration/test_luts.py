"""Colour tables are files that a project uses: looked at, known by their content, seen to change."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image
from running_service import Service, film, service

from stoat_ferret.config import Settings
from stoat_ferret.errors import RequestError
from stoat_ferret.media.luts import LARGEST
from stoat_ferret.model.document import Document, parse_document
from stoat_ferret.model.plan import Target
from stoat_ferret.rendering import document_problems, prepare, render
from stoat_ferret.running import require_unchanged, run_steps
from stoat_ferret.sourcing import files_of
from stoat_ferret.testing.measure import decode_pictures

Json = dict[str, Any]

NEGATIVE = "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n"
DARK = "LUT_1D_SIZE 2\n0 0 0\n0.2 0.2 0.2\n"
GREY = {"generator": "color", "color": "#404040"}
FILE = "/tracks/0/clips/0/effects/0/params/file"


def graded(file: str, source: Any = GREY) -> Json:
    """Two frames of grey with a look."""
    look = {"id": "look", "type": "lut", "params": {"file": file}}
    clip = {"id": "a", "source": source, "in_point": 0, "out_point": 2 / 30, "effects": [look]}
    output = {"width": 64, "height": 36, "fps": 30}
    return {"schema": "stoat.project/1", "output": output, "tracks": [{"type": "video", "clips": [clip]}]}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that remembers what each ffmpeg can do."""
    return tmp_path_factory.mktemp("known")


def parsed(document: Json, base: Path) -> Document:
    return parse_document(orjson.dumps(document), base=base)


def middle(picture: Any) -> float:
    """How bright a picture is."""
    return float(np.asarray(picture, dtype=np.float64).mean())


# Looking


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (None, "media.missing", "There is no file"),
        ("", "media.empty", "is empty"),
        ("folder", "media.not_a_file", "is a folder"),
        ("outside", "media.outside_roots", "does not lie in a folder"),
        ("é".encode("latin-1"), "media.not_text", "is not UTF-8 text"),
        (b"#" * (LARGEST + 1), "media.too_large", "is larger than 16777216 bytes"),
        (b"\0\1\2", "media.not_media", ""),
        (b"LUT_3D_SIZE 1\n", "media.not_a_lut", 'line 1: LUT_3D_SIZE is "1", no whole number from 2 to 256.'),
        (b"LUT_1D_SIZE 2\n0 0 0\n", "media.not_a_lut", "it has 1 colours, and LUT_1D_SIZE 2 takes 2."),
        (b"LUT_1D_SIZE 2\n0 0 0\n1 nan 1\n", "media.not_a_lut", 'line 3: "nan" is no finite number.'),
        (b"DOMAIN_MAX 2 2 2\n" + NEGATIVE.encode(), "media.lut_unsupported", "line 1: DOMAIN_MAX is"),
    ],
    ids=[
        "missing",
        "empty",
        "folder",
        "outside",
        "latin",
        "large",
        "binary",
        "size",
        "rows",
        "nan",
        "domain",
    ],
)
def test_a_table_that_cannot_be_used_is_named(
    known: Path, tmp_path: Path, content: bytes | str | None, code: str, said: str
) -> None:
    """At its place in the document, with the line and what is wrong there; by `check` and before a render."""
    (tmp_path / "roots").mkdir()
    place = tmp_path / "roots" / "a look.cube"
    if content == "folder":
        place.mkdir()
    elif content == "outside":
        (tmp_path / "elsewhere.cube").write_text(NEGATIVE)
        place.symlink_to(tmp_path / "elsewhere.cube")
    elif content is not None:
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    settings = Settings(data_dir=known, media_roots=(tmp_path / "roots",))
    document = parsed(graded("a look.cube"), tmp_path / "roots")
    (problem,) = asyncio.run(document_problems(document, settings))
    assert (code, FILE) == (problem.code, problem.path)
    assert "a look.cube" in problem.message and said in problem.message and problem.hint
    with pytest.raises(RequestError) as refused:
        asyncio.run(prepare(document, Target(format="mp4"), settings))
    assert [(code, FILE)] == [(one.code, one.path) for one in refused.value.problems]


def test_a_table_is_no_source_and_no_output_replaces_it(known: Path, tmp_path: Path) -> None:
    """A clip that names one is refused by name; the files of a project are told with it."""
    (tmp_path / "a.cube").write_text(NEGATIVE)
    settings = Settings(data_dir=known)
    document = parsed(graded("a.cube", source="a.cube"), tmp_path)
    (problem,) = asyncio.run(document_problems(document, settings))
    assert ("media.not_media", "/tracks/0/clips/0/source") == (problem.code, problem.path)
    assert [tmp_path / "a.cube"] * 2 == files_of(document, settings)
    wrong = graded("a.mp4")
    wrong["tracks"][0]["clips"][0]["effects"][0]["params"]["strength"] = 2
    found = asyncio.run(document_problems(parsed(wrong, tmp_path), settings))
    assert {"lut.not_cube", "document.out_of_range"} == {problem.code for problem in found}


# Rendering


@pytest.mark.parametrize("name", ["it's [a] so;urce, 50%d:b\\c.cube", "Caps.CUBE"])
def test_any_name_is_no_matter_to_ffmpeg(known: Path, ffmpeg: Path, tmp_path: Path, name: str) -> None:
    """The graph names a copy; nothing but the film is left."""
    (tmp_path / name).write_text(f'TITLE "it\'s; [x]"\n{NEGATIVE}')
    settings = Settings(ffmpeg=ffmpeg, data_dir=known)
    output = tmp_path / "out" / "a,b;c.mkv"
    output.parent.mkdir()
    target = Target(format="mkv", quality="lossless")
    asyncio.run(render(parsed(graded(name), tmp_path), output=output, target=target, settings=settings))
    assert 255 - 64 == pytest.approx(middle(decode_pictures(output, colour="rgb")), abs=3)
    assert ["a,b;c.mkv"] == [path.name for path in output.parent.iterdir()]


def test_what_is_in_a_table_decides_what_is_rendered_again(
    known: Path, bundled_ffmpeg: Path, tmp_path: Path
) -> None:
    """Another name or another way to write it is the same; another number is not."""
    settings = Settings(ffmpeg=bundled_ffmpeg, data_dir=known, render_cache_dir=tmp_path / "kept")

    def rendered(name: str, text: str) -> dict[str, int]:
        (tmp_path / name).write_text(text)
        document = parsed(graded(name), tmp_path)
        output = tmp_path / "film.mp4"
        target = Target(format="mp4")
        work = render(document, output=output, target=target, settings=settings, overwrite=True)
        return asyncio.run(work).spans

    new, old = {"reused": 0, "copied": 0, "rendered": 1}, {"reused": 1, "copied": 0, "rendered": 0}
    assert new == rendered("a.cube", NEGATIVE)
    assert old == rendered("b.cube", "# The same.\n" + NEGATIVE.replace("1 1 1", "1.0 1 +1e0"))
    assert new == rendered("a.cube", NEGATIVE.replace("1 1 1", "1 1 0.999"))


def test_a_table_that_changes_meanwhile_is_noticed(known: Path, bundled_ffmpeg: Path, tmp_path: Path) -> None:
    """Before a render by its identity, at the last moment by what is in it."""
    (tmp_path / "a.cube").write_text(NEGATIVE)
    settings = Settings(ffmpeg=bundled_ffmpeg, data_dir=known)
    ready = asyncio.run(prepare(parsed(graded("a.cube"), tmp_path), Target(format="mp4"), settings))
    assert (str(tmp_path / "a.cube"),) == ready.plan.sources
    require_unchanged(ready.plan.sources, ready.looked.identities, settings)
    for changed in (DARK, "no table", "\0"):
        (tmp_path / "a.cube").write_text(changed)
        with pytest.raises(RequestError) as refused:
            require_unchanged(ready.plan.sources, ready.looked.identities, settings)
        assert ["media.changed"] == [problem.code for problem in refused.value.problems]
        with pytest.raises(RequestError) as refused:
            program = ready.capabilities.ffmpeg.path
            asyncio.run(run_steps(ready.plan, tmp_path, program=program, settings=settings))
        assert ["media.changed"] == [problem.code for problem in refused.value.problems]


# Over HTTP


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("luts")
    looks = folder / "media" / "looks"
    looks.mkdir(parents=True)
    (looks / "negative.cube").write_text(NEGATIVE)
    (looks / "broken.cube").write_text(NEGATIVE + "0 0 0\n")
    (folder / "outside.cube").write_text(NEGATIVE)
    (looks / "link.cube").symlink_to(folder / "outside.cube")
    async with service(folder / "data", media_roots=(folder / "media",)) as running:
        yield running


def looks(api: Service) -> Path:
    return api.studio.settings.media_roots[0] / "looks"


async def _brightness(api: Service, project: str) -> float:
    picture = await api.http.get(f"projects/{project}/frame", params={"t": "0"})
    assert 200 == picture.status_code, picture.text
    return middle(Image.open(io.BytesIO(picture.content)).convert("RGB"))


def _add(file: str) -> Json:
    return {"op": "add_effect", "id": "look", "target": "a", "type": "lut", "params": {"file": file}}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("looks/none.cube", "media.missing"),
        ("looks/broken.cube", "media.not_a_lut"),
        ("looks/link.cube", "media.outside_roots"),
        ("../outside.cube", "media.outside_roots"),
        ("looks/negative.txt", "lut.not_cube"),
    ],
)
async def test_an_edit_is_refused_with_the_place_of_the_path(api: Service, file: str, code: str) -> None:
    """And with the name that the client gave, not with where things lie; a sample of the effect too."""
    project = await film(api, GREY)
    answer = await api.send("POST", f"projects/{project}/edits", {"edits": [_add(file)]})
    (problem,) = answer.json()["problems"]
    assert (422, code, "/edits/0/params/file") == (answer.status_code, problem["code"], problem["path"])
    assert file in problem["message"]
    sample = {"effect_type": "lut", "parameters": {"file": file}, "image": True}
    shown = await api.send("POST", "effects/preview", sample)
    (problem,) = shown.json()["problems"]
    assert (422, code, "/parameters/file") == (shown.status_code, problem["code"], problem["path"])
    roots = str(api.studio.settings.media_roots[0].parent)
    assert roots not in answer.text and roots not in shown.text


@pytest.mark.anyio
async def test_a_look_is_put_on_taken_back_and_changes_with_its_file(api: Service) -> None:
    """A frame is made anew when the table is another; what is broken later stops no other edit."""
    project = await film(api, GREY)
    before = (await api.get(f"projects/{project}"))["document"]
    assert 64 == pytest.approx(await _brightness(api, project), abs=3)
    done = await api.edit(project, _add("looks/negative.cube"))
    assert [] == done["problems"]
    assert 191 == pytest.approx(await _brightness(api, project), abs=3)
    await api.post(f"projects/{project}/undo", X_Stoat_Actor="person:ana")
    after = (await api.get(f"projects/{project}"))["document"]
    assert {**before, "modified_at": ""} == {**after, "modified_at": ""}
    assert 64 == pytest.approx(await _brightness(api, project), abs=3)
    await api.post(f"projects/{project}/redo", X_Stoat_Actor="person:ana")
    mine = looks(api) / "mine.cube"
    mine.write_text(NEGATIVE)
    update = {"op": "update_effect", "effect_id": "look", "params": {"file": "looks/mine.cube"}}
    await api.edit(project, update)
    assert 191 == pytest.approx(await _brightness(api, project), abs=3)
    mine.write_text(DARK)
    assert 13 == pytest.approx(await _brightness(api, project), abs=3)
    mine.write_text("LUT_1D_SIZE 2\n")
    edited = await api.edit(project, {"op": "add_marker", "time": 0, "name": "Here"})
    assert ["media.not_a_lut"] == [problem["code"] for problem in edited["problems"]]
    found = await api.post(f"projects/{project}/validate")
    assert [("media.not_a_lut", FILE)] == [(one["code"], one["path"]) for one in found["problems"]]
    mine.unlink()
    found = await api.post(f"projects/{project}/validate")
    assert [("media.missing", FILE)] == [(one["code"], one["path"]) for one in found["problems"]]


@pytest.mark.anyio
async def test_a_project_lists_the_tables_that_it_uses(api: Service) -> None:
    """On clips, tracks and the project, beside its other files; a sample shows what one does."""
    project = await film(api, GREY)
    on_all = [
        {**_add("looks/negative.cube"), "id": f"look-{target}", "target": target}
        for target in ("a", "main", "project")
    ]
    await api.edit(project, *on_all)
    assert 191 == pytest.approx(await _brightness(api, project), abs=6)
    slug = (await api.get(f"projects/{project}"))["slug"]
    await asyncio.to_thread(api.studio.keeper.settle)
    folder = api.studio.settings.projects_dir / slug
    assets = json.loads((folder / "assets.json").read_text())["assets"]
    used = [f"look-{target}" for target in ("a", "main", "project")]
    assert [{"source": "looks/negative.cube", "effects": used, "video": None}] == assets
    sample = {"effect_type": "lut", "parameters": {"file": "looks/negative.cube"}, "image": True}
    picture = (await api.post("effects/preview", sample))["image"]
    assert (640, 360) == Image.open(io.BytesIO(base64.b64decode(picture))).size


@pytest.mark.anyio
async def test_a_whole_document_may_name_tables(api: Service) -> None:
    """Those that are broken, and those in the place of a source, are refused as the client names them."""
    made = await api.post("projects", {"document": graded("looks/negative.cube")})
    assert 191 == pytest.approx(await _brightness(api, made["id"]), abs=3)
    for file, source, code, path in (
        ("looks/broken.cube", GREY, "media.not_a_lut", FILE),
        ("looks/negative.cube", "looks/negative.cube", "media.not_media", "/tracks/0/clips/0/source"),
    ):
        answer = await api.send("POST", "projects", {"document": graded(file, source)})
        (problem,) = answer.json()["problems"]
        assert (422, code, f"/document{path}") == (answer.status_code, problem["code"], problem["path"])
        assert problem["message"].startswith(file)
