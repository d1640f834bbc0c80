"""Writes the parts of docs/reference that the code itself knows: `make docs`.

A part lies between `<!-- begin NAME: written by make docs -->` and `<!-- end NAME -->`;
the words around it are ours.
With `--check` nothing is written, and the exit code is 1 when a part differs.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeGuard

import typer.main

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines)


def cell(text: str) -> str:
    """Text that keeps to its cell."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def code(value: Any) -> str:
    """A value as it is written in a document."""
    if value is None:
        return ""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return f"`{json.dumps(whole, ensure_ascii=False)}`"


# Settings


def settings() -> str:
    """Every setting with its type, default and meaning."""
    from stoat_ferret.config import Settings, meaning

    rows = []
    for name, field in sorted(Settings.model_fields.items()):
        kind = str(field.annotation) if not isinstance(field.annotation, type) else field.annotation.__name__
        rows.append(
            (f"`STOAT_{name.upper()}`", plain_type(kind), setting_default(field), meaning(name) or "")
        )
    return table(("setting", "type", "default", "meaning"), rows)


def plain_type(kind: str) -> str:
    """A Python type in words."""
    words = {
        "Path": "path",
        "SecretStr": "secret text",
        "bool": "true or false",
        "float": "number",
        "int": "integer",
        "str": "text",
    }
    choices = ", ".join(f"`{name}`" for name in re.findall(r"'([^']*)'", kind))
    if "tuple" in kind:
        return "paths separated by `:`" if "Path" in kind else f"list of {choices or 'text'}"
    return choices or words[kind.removesuffix(" | None").rpartition(".")[2]]


def setting_default(field: Any) -> str:
    """The default of a setting, without what depends on the machine."""
    if field.default_factory is not None:
        follows = field.default_factory_takes_validated_data
        return "`renders` in STOAT_DATA_DIR" if follows else "`~/.local/share/stoat-and-ferret`"
    if field.default is None or field.default == ():
        return "none"
    if isinstance(field.default, tuple):
        return f"`{','.join(field.default)}`"
    return f"`{field.default}`"


# Problems


def errors() -> str:
    """Every exception's code, status, message and hint."""
    from stoat_ferret import errors as tree
    from stoat_ferret.statuses import status_of_class

    rows = []
    for _, kind in inspect.getmembers(tree, inspect.isclass):
        if issubclass(kind, tree.WorkError) and kind is not tree.WorkError:
            message, *rest = re.split(r"\n\s*\n", inspect.cleandoc(kind.__doc__ or ""))
            hint = next((part.removeprefix("hint: ") for part in rest if part.startswith("hint: ")), "")
            status = str(status_of_class(kind))
            rows.append((f"`{kind.code}`", status, placeholders(message), placeholders(hint)))
    return table(("code", "status", "message", "hint"), sorted(rows))


def request_problems() -> str:
    """Every code that the application itself gives to what is wrong with a request."""
    found: dict[str, tuple[str, str, str, str]] = {}
    for path in sorted((ROOT / "src" / "stoat_ferret").rglob("*.py")):
        tree = ast.parse(path.read_text())
        raised = raised_by(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (problem := problem_of(call)):
                code, message, hint = problem
                found.setdefault(code, (code, status(code, raised.get(call)), message, hint))
    rows = [(f"`{name}`", *rest) for name, *rest in sorted(found.values())]
    return table(("code", "status", "message", "hint"), [tuple(row) for row in rows])


def status(code: str, kind: type | None) -> str:
    """The HTTP status of a code, by the class that carries it where the source tells."""
    from stoat_ferret.errors import RequestError
    from stoat_ferret.statuses import status_of_class, status_of_code

    general = kind is None or status_of_class(kind) == status_of_class(RequestError)
    return str(status_of_code(code) if general or kind is None else status_of_class(kind))


def raised_by(tree: ast.AST) -> dict[ast.Call, type]:
    """The calls that make a problem, with the class of errors that carries it."""
    from stoat_ferret import errors as known

    found: dict[ast.Call, type] = {}
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for scope in (tree, *scopes):
        named = {} if scope is tree else assigned(scope)
        for call in ast.walk(scope):
            if isinstance(call, ast.Call):
                kinds = (getattr(known, name, None) for name in ast.unparse(call.func).split("."))
                kind = next((one for one in kinds if inspect.isclass(one)), None)
                if kind is not None and issubclass(kind, known.RequestError):
                    parts = [call, *(named[one.id] for one in ast.walk(call) if is_one_of(one, named))]
                    inner = {part for whole in parts for part in ast.walk(whole)}
                    found |= {part: kind for part in inner if isinstance(part, ast.Call)}
    return found


def assigned(scope: ast.AST) -> dict[str, ast.expr]:
    """What the names of a function stand for."""
    return {
        node.targets[0].id: node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def is_one_of(node: ast.AST, names: Collection[str]) -> TypeGuard[ast.Name]:
    """Whether it is one of these names."""
    return isinstance(node, ast.Name) and node.id in names


def problem_of(call: ast.Call) -> tuple[str, str, str] | None:
    """Code, message and hint of a call that makes a problem of literal parts."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "note":
        # The audit log's words have the same form.
        return None
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    if ast.unparse(call.func) == "NotFound.named":
        what = words(call.args[0])
        return f"{what.replace(' ', '_')}.not_found", f"There is no {what} ….", words(named["hint"]) or "…"
    texts = [words(value) for value in call.args]
    texts = texts[next((i for i, text in enumerate(texts) if is_code(text)), len(texts)) :]
    name = words(named.get("code")) or (texts[0] if texts else "")
    if not name:
        return None
    rest = iter(texts[1:] if texts else [])
    message = words(named["message"]) if "message" in named else next(rest, "")
    hint = words(named["hint"]) if "hint" in named else next(rest, "")
    sure = "code" in named or (isinstance(call.func, ast.Attribute) and call.func.attr == "because")
    return (name, message or "…", hint or "…") if message or sure else None


def is_code(text: str) -> bool:
    """Whether a text has the form of a problem's code."""
    return re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", text) is not None


def words(value: ast.expr | None) -> str:
    """A string literal with `…` where it is filled in; empty for anything else."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(words(part) if isinstance(part, ast.Constant) else "…" for part in parts)
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            return words(left) + words(right)
        case _:
            return ""


def placeholders(text: str) -> str:
    """A message template as a reader sees it."""
    return re.sub(r"\{[^}]*\}", "…", text)


def core_problems() -> str:
    """Every code of the core with its meaning, from the core's own list, which its tests prove complete."""
    source = (ROOT / "rust/stoat_ferret_core/src/problem.rs").read_text()
    listed = source.split("const CODES", 1)[1].split("];", 1)[0]
    pairs = re.findall(r'\(\s*"([^"]+)",\s*"((?:[^"\\]|\\.)*)",?\s*\)', listed)
    return table(("code", "meaning"), [(f"`{code}`", meaning) for code, meaning in pairs])


def fields(name: str) -> str:
    """Every field of one model of the project document."""
    from stoat_ferret.model import project

    schema = getattr(project, name).model_json_schema(by_alias=True)
    required = schema.get("required", [])
    rows = [
        (
            f"`{field}`",
            kind_of(shape),
            "required" if field in required else default_of(shape),
            shape.get("description", "") or linked_description(shape),
        )
        for field, shape in schema["properties"].items()
    ]
    return table(("field", "type", "default", "meaning"), rows)


def default_of(shape: dict[str, Any]) -> str:
    """A default as a reader wants it: nothing for what is simply absent."""
    default = shape.get("default")
    return "" if default is None or isinstance(default, dict) else code(default)


def linked_description(shape: dict[str, Any]) -> str:
    """Where a field has its own heading, that is its description."""
    return "[Below](#" + target.lower() + ")." if (target := reference_of(shape)) else ""


def reference_of(shape: dict[str, Any]) -> str:
    """The name of the model that a shape refers to, if it does."""
    found = re.search(r"#/\$defs/(\w+)", json.dumps(shape))
    return found[1] if found else ""


# Edits


def edits() -> str:
    """Every edit with its fields and an example."""
    from stoat_ferret.model.edit import OPS

    return "\n\n".join(
        edit(op, model.model_json_schema(by_alias=True), model.example()) for op, model in OPS.items()
    )


def edit(op: str, schema: dict[str, Any], shown: dict[str, Any]) -> str:
    """One edit."""
    required = schema.get("required", [])
    rows = [
        (
            f"`{field}`",
            edit_kind(shape),
            "required" if field in required else default_of(shape),
            shape.get("description", "") or linked_description(shape).replace("(#", "(project-format.md#"),
        )
        for field, shape in schema["properties"].items()
        if field != "op"
    ]
    example = json.dumps(shown, ensure_ascii=False)
    parts = [f"### {op}", schema["description"]]
    if rows:
        parts.append(table(("field", "type", "default", "meaning"), rows))
    return "\n\n".join([*parts, f"```json\n{example}\n```"])


def edit_kind(shape: dict[str, Any]) -> str:
    """The type of a field; what has a heading of its own has it in the project format."""
    if any("-?" in one.get("pattern", "") for one in shape.get("anyOf", [])):
        return "[time](project-format.md#reading-rules), also below 0"
    return (
        kind_of(shape)
        .replace("(#", "(project-format.md#")
        .replace("[rectangle](project-format.md#rectangle)", "rectangle")
    )


# Effects


def catalogue() -> dict[str, Any]:
    """What the core says of its effects, generators, transitions and layouts."""
    from stoat_ferret_core import _core

    return dict(json.loads(_core.catalogue()))


PICTURES = ROOT / "tests" / "golden" / "pictures"
EFFECTS = REFERENCE / "effects"
BY_MAKE = "<!-- written by make docs: change the effect's own file in rust/stoat_ferret_core/src/effects -->"


def effects() -> str:
    """Every effect in a line, by what it works on."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in catalogue()["effects"]:
        ports = entry["ports"]
        both = ports["video"] and ports["audio"]
        works_on = "Picture and sound" if both else "Picture" if ports["video"] else "Sound"
        groups.setdefault(works_on, []).append(entry)
    return "\n\n".join(f"### {title}\n\n{listed(groups[title])}" for title in sorted(groups))


def listed(entries: list[dict[str, Any]]) -> str:
    """Effects as a table."""
    rows = [
        (f"[{entry['type']}](effects/{entry['type']}.md)", entry["description"], places(entry))
        for entry in entries
    ]
    return table(("effect", "what it does", "works on"), rows)


def places(entry: dict[str, Any]) -> str:
    """Where an effect may stand."""
    return "a " + " or a ".join(entry["targets"])


def effect_page(entry: dict[str, Any]) -> str:
    """The page of one effect."""
    parts = [f"# {entry['type']}", BY_MAKE, entry["description"], f"“{entry['example_prompt']}”"]
    parts += [
        shown(entry),
        *facts(entry),
        "## Parameters",
        parameters(entry).replace("(project", "(../project"),
    ]
    parts += ["## Use it", entry["ai_hints"]["effect"], *uses(entry)]
    return "\n\n".join(part for part in parts if part) + "\n"


def parameters(entry: dict[str, Any]) -> str:
    """The parameters of an effect or a generator as a table."""
    required, hints = entry["parameter_schema"].get("required", []), entry.get("ai_hints", {})
    rows = [
        (
            f"`{parameter}`",
            kind_of(shape).replace("(#reading-rules", "(project-format.md#reading-rules"),
            "required" if parameter in required else code(shape.get("default")),
            " ".join(filter(None, (shape.get("description"), hints.get(parameter)))),
        )
        for parameter, shape in entry["parameter_schema"].get("properties", {}).items()
    ]
    return table(("parameter", "type", "default", "meaning"), rows) if rows else "None."


def generators() -> str:
    """Every generator with its pictures and parameters."""
    return "\n\n".join(generator(entry) for entry in catalogue()["generators"])


def generator(entry: dict[str, Any]) -> str:
    """One generator."""
    name, ports = entry["generator"], entry["ports"]
    makes = " and ".join(word for word, port in (("picture", "video"), ("sound", "audio")) if ports[port])
    pictures = sorted(PICTURES.glob(f"generator-{name}*.png"), key=lambda path: (len(path.stem), path.stem))
    known = (path for path in pictures if path.stem.split("-")[1] == name)
    lines = [f"![{path.stem}](../../tests/golden/pictures/{path.name})" for path in known]
    source = json.dumps({"generator": name, **entry["example"]}, ensure_ascii=False)
    parts = [f"## {name}", f"{entry['description']} “{entry['example_prompt']}”", *lines]
    parts += [f"- Makes {makes or 'nothing that is seen or heard'}.", entry["ai_hints"]["generator"]]
    parts += [f'```json\n{{"source": {source}, "in_point": 0, "out_point": 5}}\n```', parameters(entry)]
    return "\n\n".join(parts)


def shown(entry: dict[str, Any]) -> str:
    """The pictures that define an effect, with its example and in further ways."""
    name = entry["type"]
    found = [path for path in PICTURES.glob(f"{name}*.png") if path.stem.partition("-")[0] == name]
    found.sort(key=lambda path: (path.stem != name, path.stem))
    if not found:
        return ""
    lines = [f"![{path.stem}](../../../tests/golden/pictures/{path.name})" for path in found]
    what = "Two moments" if entry["ports"]["video"] else "Levels over time, and from low to high frequencies"
    before = "scene" if entry["ports"]["video"] else "sounds"
    same = f"[the same without it](../../../tests/golden/pictures/{before}.png)"
    return f"{what}, with the example first ({same}):\n\n" + "\n\n".join(lines)


def facts(entry: dict[str, Any]) -> list[str]:
    """What programs know of an effect, in words."""
    ports = entry["ports"]
    works = " and ".join(word for word, port in (("picture", "video"), ("sound", "audio")) if ports[port])
    length = "keeps the length" if ports["duration"] == "same" else f"length {ports['duration']}"
    lines = [f"- Works on the {works} of {places(entry)}; {length}."]
    if ports["memory"]:
        lines.append(
            "- What it makes of a moment depends on earlier ones: a range is made from its beginning on."
        )
    if ports["alpha"]:
        lines.append("- What lies below may show through.")
    if entry["animatable"]:
        lines.append("- By keyframes: " + ", ".join(f"`{name}`" for name in entry["animatable"]) + ".")
    return ["\n".join(lines)]


def uses(entry: dict[str, Any]) -> list[str]:
    """An effect in a project, on the command line and by HTTP."""
    name = entry["type"]
    text = json.dumps({"type": name, "params": entry["example"]}, ensure_ascii=False)
    target = "clip-1" if "clip" in entry["targets"] else "project"
    edit_text = json.dumps(
        {"op": "add_effect", "target": target, "type": name, "params": entry["example"]}, ensure_ascii=False
    )
    body = f'{{"base_revision": 1, "edits": [{edit_text}]}}'.replace("'", "'\\''")
    return [
        "In a project, in the list of effects:",
        f"```json\n{text}\n```",
        "What it makes of a project is seen, and made, on the command line:",
        "```sh\n"
        f"stoat effects {name}\n"
        "stoat look film.project.json --at 1.5 -o frame.png\n"
        "stoat render film.project.json -o film.mp4\n```",
        "To a project of the service:",
        "```sh\n"
        "curl -X POST http://127.0.0.1:8765/api/v1/projects/$PROJECT/edits \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d '{body}'\n```",
    ]


def kind_of(shape: dict[str, Any]) -> str:
    """The type and range that a JSON Schema gives."""
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if "const" in shape:
        return f"`{shape['const']}`"
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[-1]
        heading = "Generator" if name.endswith("Generator") else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
        return f"[{heading.lower()}](#{heading.lower().replace(' ', '-')})"
    if shape.get("properties", {}).keys() == {"keyframes"}:
        return "[keyframes](project-format.md#keyframes)"
    if any(one.get("pattern", "").endswith("f)$") for one in shape.get("anyOf", [])):
        return "[time](#reading-rules)"
    for many in ("anyOf", "oneOf"):
        if many in shape:
            kinds = [kind_of(one) for one in shape[many]]
            return with_unit(" or ".join(dict.fromkeys(kind for kind in kinds if kind != "null")), shape)
    return plain_kind(shape)


def plain_kind(shape: dict[str, Any]) -> str:
    """The type and range of a shape that is neither a choice nor a reference."""
    if shape.get("x-file") == "lut":
        return "path of a `.cube` file"
    kind: str = shape.get("type", "any")
    if kind == "array":
        return f"list of {kind_of(shape.get('items', {}))}"
    if kind == "object" and "properties" in shape:
        return "object of " + ", ".join(f"`{name}`" for name in shape["properties"])
    low, high = shape.get("minimum", shape.get("exclusiveMinimum")), shape.get("maximum")
    if low is not None and high is not None:
        kind = f"{kind}, {low:g} to {high:g}"
    elif low is not None:
        kind = f"{kind}, {'above' if 'exclusiveMinimum' in shape else 'at least'} {low:g}"
    return with_unit(kind, shape)


def with_unit(kind: str, shape: dict[str, Any]) -> str:
    """A type with the unit of its numbers."""
    return f"{kind}, {shape['x-unit']}" if shape.get("x-unit") else kind


def transitions() -> str:
    """Every transition."""
    named = [entry if isinstance(entry, str) else entry["type"] for entry in catalogue()["transitions"]]
    return " · ".join(f"`{name}`" for name in named)


def layouts() -> str:
    """Every layout."""
    found = catalogue()["layouts"]
    named = [entry if isinstance(entry, str) else entry.get("name", entry.get("type")) for entry in found]
    return " · ".join(f"`{name}`" for name in named)


# The command line


def commands() -> str:
    """Every command with its arguments and options."""
    from stoat_ferret.cli.app import app

    root = typer.main.get_command(app)
    shown = []
    for name, command in sorted(getattr(root, "commands").items()):  # noqa: B009 (click's type is private to Typer)
        rows = [option for parameter in command.params for option in option_rows(parameter)]
        parts = [f"## stoat {name}", inspect.cleandoc(command.help or "")]
        if rows:
            parts.append(table(("argument or option", "default", "meaning"), rows))
        shown.append("\n\n".join(parts))
    return "\n\n".join(shown)


def option_rows(parameter: Any) -> Iterator[tuple[str, ...]]:
    """One row for a parameter that a person sees."""
    if parameter.hidden or parameter.name == "help":
        return
    shown = [f"`{name}`" for name in parameter.opts if name.startswith("-")]
    shown[-1:] = [f"{shown[-1][:-1]} {parameter.metavar}`"] if shown and parameter.metavar else shown[-1:]
    default = getattr(parameter.default, "value", parameter.default)
    if parameter.required:
        usual = "required"
    else:
        usual = "" if default in (None, False) or callable(default) else f"`{default}`"
    yield ", ".join(shown) or f"`{parameter.metavar or parameter.name.upper()}`", usual, parameter.help or ""


def profiles() -> str:
    """Every delivery profile of the package."""
    from stoat_ferret.profiles.shelf import own_profiles

    heads = ("profile", "what for", "file", "most fps", "quality", "sound", "loudness", "safe area")
    return table(heads, [profile_row(profile) for profile in own_profiles()])


def profile_row(profile: Any) -> tuple[str, ...]:
    """What one profile says, in a line."""
    shown = profile.to_json()
    picture = " ".join(str(shown[name]) for name in ("format", "video_codec", "size") if shown[name])
    good = shown["bitrate"] or shown["quality"] or ("" if shown["crf"] is None else f"crf {shown['crf']:g}")
    sound = f"{shown['audio_bitrate'] or ''} {shown['sample_rate'] or ''} Hz".strip()
    loud = "" if shown["loudness"] is None else f"{shown['loudness']:g} LUFS, {shown['true_peak']:g} dBTP"
    area = shown["safe_area"] or {}
    return (
        f"`{profile.name}`",
        profile.description,
        picture,
        f"{shown['max_fps']:g}" if shown["max_fps"] else "",
        good,
        sound,
        loud,
        ", ".join(f"{side} {part:.0%}" for side, part in area.items()),
    )


def presets() -> str:
    """Every preset of the package."""
    from stoat_ferret.presets.shelf import own_presets

    heads = ("preset", "what it does", "when it suits", "for", "effects")
    return table(heads, [preset_row(preset) for preset in own_presets()])


def preset_row(preset: Any) -> tuple[str, ...]:
    """What one preset says, in a line; each effect leads to its page."""
    effects = [
        f"[{effect.type}](effects/{effect.type}.md)"
        + "".join(f" {name}={json.dumps(value)}" for name, value in effect.params.items())
        for effect in preset.effects
    ]
    targets = ", ".join(preset.targets)
    return f"`{preset.name}`", preset.description, preset.hint, targets, "; ".join(effects)


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "core problems": core_problems,
    "edits": edits,
    "effects": effects,
    "errors": errors,
    "generators": generators,
    "layouts": layouts,
    "presets": presets,
    "profiles": profiles,
    "request problems": request_problems,
    "settings": settings,
    "transitions": transitions,
}
PART = re.compile(
    r"(<!-- begin ([A-Za-z ]+): written by make docs -->\n).*?(<!-- end \2 -->)", flags=re.DOTALL
)


def part(name: str) -> str:
    """What the code knows of one part."""
    kind, _, model = name.partition(" of ")
    return fields(model) if kind == "fields" else PARTS[name]()


def rewritten(text: str) -> str:
    """A page with its parts as the code knows them now."""
    return PART.sub(lambda found: f"{found[1]}\n{part(found[2])}\n\n{found[3]}", text)


def pages() -> dict[Path, str]:
    """Every page as the code knows it now; those in parts, and those of effects."""
    made = {path: rewritten(path.read_text()) for path in REFERENCE.glob("*.md")}
    return made | {EFFECTS / f"{entry['type']}.md": effect_page(entry) for entry in catalogue()["effects"]}


def main(arguments: list[str]) -> int:
    """Write every page that changed, or tell which have."""
    known = pages()
    changed = [path for path, text in sorted(known.items()) if not path.exists() or path.read_text() != text]
    changed += [path for path in sorted(EFFECTS.glob("*.md")) if path not in known]
    for path in changed:
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is not what the code says.\nhint: make docs", file=sys.stderr)
        elif path in known:
            path.parent.mkdir(exist_ok=True)
            path.write_text(known[path])
            print(f"wrote {path.relative_to(ROOT)}")
        else:
            path.unlink()
            print(f"removed {path.relative_to(ROOT)}")
    return int("--check" in arguments and bool(changed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
