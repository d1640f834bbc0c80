"""A finished file is complete or absent, and nothing else is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stoat_ferret.errors import DiskFull, OutputUnwritable, RequestError
from stoat_ferret.placing import place_problems, publish, require_folder, require_room, work_folder


def codes(output: Path, *, overwrite: bool = False, sources: tuple[Path, ...] = ()) -> list[str]:
    return [problem.code for problem in place_problems(output, overwrite=overwrite, sources=sources)]


def test_a_place_is_refused_by_name(tmp_path: Path) -> None:
    """Whatever stands in the way is known before the work begins."""
    there = tmp_path / "there.mp4"
    there.write_bytes(b"x")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "linked.mp4").symlink_to(there)
    os.mkfifo(tmp_path / "pipe.mp4")
    assert [] == codes(tmp_path / "new.mp4")
    assert ["output.folder_missing"] == codes(tmp_path / "no" / "new.mp4")
    assert ["output.not_a_folder"] == codes(there / "new.mp4")
    assert ["output.exists"] == codes(there)
    assert [] == codes(there, overwrite=True)
    assert ["output.is_a_source"] == codes(there, overwrite=True, sources=(there,))
    assert ["output.is_a_source"] == codes(tmp_path / "linked.mp4", overwrite=True, sources=(there,))
    assert ["output.is_a_folder"] == codes(tmp_path / "folder.mp4", overwrite=True)
    assert ["output.not_a_file"] == codes(tmp_path / "pipe.mp4", overwrite=True)
    assert ["output.not_a_file"] == codes(Path("/dev/null"), overwrite=True)
    assert ["output.name_too_long"] == codes(tmp_path / ("x" * 300 + ".mp4"))


@pytest.mark.parametrize(
    "name", ["out.mp4", "a b.mp4", "-x.mp4", "50%d.mp4", "x" * 250 + ".mp4", "é[1];'.mp4", "a\nb.mp4"]
)
def test_the_work_folder_lies_beside_the_output_and_goes_with_the_work(tmp_path: Path, name: str) -> None:
    """Hidden, in the same folder (a rename must not cross disks), gone after success and failure."""
    output = tmp_path / name
    with work_folder(output) as folder:
        assert (tmp_path, True) == (folder.parent, folder.name.startswith("."))
        (folder / "part").write_bytes(b"x")
    assert [] == os.listdir(tmp_path)
    with pytest.raises(KeyError), work_folder(output) as folder:
        (folder / "part").write_bytes(b"x")
        raise KeyError
    assert [] == os.listdir(tmp_path)


def test_the_work_folder_goes_also_where_its_place_was_moved(tmp_path: Path) -> None:
    """A project that is deleted during a render takes nothing half done along."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    with work_folder(before / "out.mp4") as folder:
        (folder / "part").write_bytes(b"x")
        before.rename(after)
    assert [] == os.listdir(after)


def test_what_a_killed_run_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    """The folder of a dead process goes, the folder of a living one stays."""
    output = tmp_path / "out.mp4"
    program = (
        "import os, sys; from pathlib import Path; from stoat_ferret.placing import work_folder\n"
        "with work_folder(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(output)], check=False)
    assert 1 == len(os.listdir(tmp_path))
    with work_folder(output) as first, work_folder(output) as second:
        assert {first.name, second.name} == set(os.listdir(tmp_path))
    assert [] == os.listdir(tmp_path)


def test_publishing_never_replaces_what_appeared_meanwhile(tmp_path: Path) -> None:
    """Without overwrite, somebody else's file stays as it is."""
    finished, output = tmp_path / "finished", tmp_path / "out.mp4"
    finished.write_bytes(b"new")
    output.write_bytes(b"old")
    with pytest.raises(RequestError) as refused:
        publish(finished, output, overwrite=False)
    assert ("output.exists", b"old") == (refused.value.problems[0].code, output.read_bytes())
    publish(finished, output, overwrite=True)
    assert b"new" == output.read_bytes()


def test_publishing_works_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems have none; a name is still never taken from another file."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    finished, output = tmp_path / "finished", tmp_path / "out.mp4"
    finished.write_bytes(b"new")
    publish(finished, output, overwrite=False)
    assert b"new" == output.read_bytes()
    finished.write_bytes(b"newer")
    with pytest.raises(RequestError):
        publish(finished, output, overwrite=False)
    assert b"new" == output.read_bytes()


def test_a_place_that_vanished_is_an_error_of_its_own(tmp_path: Path) -> None:
    """The folder may go between the check and the work."""
    with pytest.raises(OutputUnwritable), work_folder(tmp_path / "no" / "out.mp4"):
        pass
    with pytest.raises(OutputUnwritable):
        publish(tmp_path / "never-made", tmp_path / "out.mp4", overwrite=True)


def test_a_hopeless_size_is_refused(tmp_path: Path) -> None:
    """Nothing is begun that cannot fit."""
    require_room(tmp_path / "out.mp4", 1)
    with pytest.raises(DiskFull):
        require_room(tmp_path / "out.mp4", 1 << 60)


def test_the_folder_that_a_new_one_would_be_made_in(tmp_path: Path) -> None:
    """The nearest that there is; a file in its place, or a link that leads nowhere, is no folder."""
    assert tmp_path == require_folder(tmp_path)
    assert tmp_path == require_folder(tmp_path / "project" / "renders")
    (tmp_path / "file").write_bytes(b"mine")
    # What may be run may be entered, were it a folder.
    (tmp_path / "file").chmod(0o700)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(OutputUnwritable) as refused:
            require_folder(tmp_path / name / "renders")
        assert str(tmp_path / name) == refused.value.path


def test_a_folder_on_a_read_only_disk_is_told(tmp_path: Path) -> None:
    """Also to the administrator of the machine, whom permissions do not stop."""
    look = (
        "from stoat_ferret.errors import OutputUnwritable; from stoat_ferret.placing import require_folder; "
        "import pathlib, sys\n"
        "try: require_folder(pathlib.Path(sys.argv[1]) / 'renders')\n"
        "except OutputUnwritable as refused: print(refused.code)"
    )
    script = 'mount -t tmpfs -o ro none "$0" && exec "$@"'
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(tmp_path)]
    done = subprocess.run(
        [*inside, sys.executable, "-c", look, str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert "output.unwritable" == done.stdout.strip()
