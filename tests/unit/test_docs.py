"""The documents cannot rot: what they name exists, and what exists is named."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main

from stoat_ferret.cli.app import app
from stoat_ferret.compile import check
from stoat_ferret.config import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text() for page in PAGES}
COMMANDS: dict[str, Any] = dict(getattr(typer.main.get_command(app), "commands"))  # noqa: B009


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The names by which a page's headings can be linked to."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    }


def in_project(pointer: str) -> bool:
    """Whether a JSON block is a whole project."""
    return isinstance(document := json.loads(pointer), dict) and "tracks" in document and "op" not in document


PROJECTS = [
    pytest.param(block, id=f"{name}-{number}")
    for name, text in TEXTS.items()
    for number, block in enumerate(blocks(text, "json"))
    if in_project(block)
]


def test_reference_is_what_the_code_says() -> None:
    """Settings, problems, effects and commands in docs/reference are those of the code."""
    done = subprocess.run(
        [sys.executable, "scripts/reference.py", "--check"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link of a page names a file, and its anchor a heading of that file."""
    page = ROOT / name
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = Path(os.path.normpath(page.parent / path)) if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            lost.append(link)

    assert [] == lost


def test_every_page_is_reached_from_the_readme() -> None:
    """A page of docs that nothing links is found by nobody; those of effects are linked by their list."""
    effects = TEXTS["docs/reference/effects.md"]
    assert [] == [
        name
        for name in TEXTS
        if name.startswith("docs/")
        and f"({name})" not in TEXTS["README.md"]
        and f"({name.removeprefix('docs/reference/')})" not in effects
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_make_tasks_exist(name: str) -> None:
    """Every `make TASK` that a page names is a task."""
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    shown = [*blocks(TEXTS[name], "sh"), *re.findall(r"`([^`\n]+)`", TEXTS[name])]
    named = {task for text in shown for task in re.findall(r"^make ([a-z-]+)", text, flags=re.MULTILINE)}

    assert set() == named - tasks


@pytest.mark.parametrize("name", TEXTS)
def test_settings_exist(name: str) -> None:
    """Every setting that a page names is one."""
    known = {f"STOAT_{field.upper()}" for field in Settings.model_fields} | {"STOAT_CONFIG"}

    assert set() == set(re.findall(r"STOAT_[A-Z_]+[A-Z]", TEXTS[name])) - known


@pytest.mark.parametrize("name", TEXTS)
def test_commands_exist(name: str) -> None:
    """Every `stoat` command line of a page has a command and options that exist."""
    wrong = []
    for line in "\n".join(blocks(TEXTS[name], "sh")).splitlines():
        if not (found := re.search(r"(?:^|\s)stoat ([a-z].*)", line)):
            continue
        command, *arguments = shlex.split(found[1], comments=True)
        known = {option for parameter in COMMANDS[command].params for option in parameter.opts} | {"--help"}
        wrong += [
            (command, option) for option in arguments if re.match(r"--?[a-z]", option) and option not in known
        ]

    assert [] == wrong


def test_the_readme_names_every_command() -> None:
    """The README's table has a line for each command."""
    assert [] == [name for name in COMMANDS if f"| `stoat {name}` |" not in TEXTS["README.md"]]


@pytest.mark.parametrize("name", TEXTS)
def test_json_can_be_read(name: str) -> None:
    """Every JSON block is JSON."""
    for block in blocks(TEXTS[name], "json"):
        json.loads(block)


@pytest.mark.parametrize("document", PROJECTS)
def test_projects_in_documents_are_sound(document: str) -> None:
    """Every whole project that a page shows passes `check`."""
    assert [] == check(document)
