"""Values that a JSON Schema accepts, and values that it must refuse, for Hypothesis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy


class Schema:
    """Makes values for a JSON Schema; `special` says by name what a schema alone cannot tell."""

    def __init__(
        self, schema: Mapping[str, Any], special: Mapping[str, SearchStrategy[Any]] | None = None
    ) -> None:
        """Names of `special` are those of properties and of definitions."""
        self._root = schema
        self._special = special or {}

    def values(self) -> SearchStrategy[Any]:
        """What the whole schema accepts."""
        return self._of(self._root)

    def _of(self, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            known = self._special.get(name)
            return known if known is not None else self._of(self._root["$defs"][name])
        for many in ("anyOf", "oneOf"):
            if many in schema:
                return st.one_of([self._of(one) for one in schema[many]])
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema)
            case kind:
                return _plain(kind, schema)

    def _array(self, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 2), least + 2)
        return st.lists(self._of(schema["items"]), min_size=least, max_size=most)

    def _object(self, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
        if set(schema.get("properties", {})) == {"keyframes"}:
            return self._keyframes(schema["properties"]["keyframes"])
        if "properties" not in schema:
            if "patternProperties" not in schema:
                return st.just({})
            ((pattern, inner),) = schema["patternProperties"].items()
            names = self._of({"type": "string", "pattern": pattern, "minLength": 1})
            return st.dictionaries(names, self._of(inner), max_size=2)
        required = schema.get("required", ())
        parts = {
            name: self._special[name] if name in self._special else self._of(part)
            for name, part in schema["properties"].items()
        }
        return st.fixed_dictionaries(
            {name: parts[name] for name in required},
            optional={name: part for name, part in parts.items() if name not in required},
        )

    def _keyframes(self, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
        """A curve: its times must rise, which no schema says."""
        times = st.lists(st.integers(0, 50), min_size=1, max_size=3, unique=True).map(sorted)
        key = schema["items"].get("properties", {})
        value = self._of(key["value"]) if key else st.floats(0.001, 1)
        easing = self._of(key["easing"]) if key else st.just("linear")
        return times.flatmap(
            lambda chosen: st.tuples(
                *(
                    st.fixed_dictionaries(
                        {"time": st.just(time), "value": value}, optional={"easing": easing}
                    )
                    for time in chosen
                )
            ).map(lambda keys: {"keyframes": list(keys)})
        )


def _plain(kind: Any, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    """Values without parts."""
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            step = schema.get("multipleOf", 1)
            least, most = schema.get("minimum", -1000), schema.get("maximum", 1000)
            return st.integers(-(-least // step), most // step).map(lambda number: number * step)
        case "number":
            return st.floats(
                schema.get("minimum", schema.get("exclusiveMinimum", -1000.0)),
                schema.get("maximum", 1000.0),
                exclude_min="exclusiveMinimum" in schema,
                allow_subnormal=False,
            )
        case _ if "pattern" in schema:
            longest = schema.get("maxLength", 1000)
            return st.from_regex(schema["pattern"].removesuffix("$") + r"\Z").filter(
                lambda text: schema.get("minLength", 0) <= len(text) <= longest
            )
        case _:
            longest = schema.get("maxLength", 12)
            return st.text(
                st.characters(exclude_categories=("Cc", "Cs")),
                min_size=schema.get("minLength", 0),
                max_size=min(12, longest),
            )


def places(value: Any, *, closed: frozenset[str] = frozenset()) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what holds it and its name or number; not within the `closed` names."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in closed:
                yield value, name
                yield from places(item, closed=closed)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield value, number
            yield from places(item, closed=closed)


def objects(value: Any, *, closed: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Every object in a document, the document included."""
    found = [holder[name] for holder, name in places(value, closed=closed)]
    return [one for one in [value, *found] if isinstance(one, dict)]


def curves() -> SearchStrategy[list[list[float]]]:
    """Points of a curve: they go from left to right, which no schema says."""
    places = st.lists(st.integers(0, 50), min_size=2, max_size=5, unique=True)
    return places.flatmap(
        lambda chosen: st.tuples(
            *(st.tuples(st.just(place / 50), st.floats(0, 1)) for place in sorted(chosen))
        ).map(lambda points: [list(point) for point in points])
    )


def colors(schemas: Iterable[Mapping[str, Any]]) -> set[str]:
    """The properties of these schemas that are colours."""
    return {
        name
        for schema in schemas
        for name, shape in schema["properties"].items()
        if shape.get("pattern", "").startswith("^((#|0x)")
    }


def times(schemas: Iterable[Mapping[str, Any]]) -> set[str]:
    """The properties of these schemas that are times or lengths."""
    return {
        name
        for schema in schemas
        for name, shape in schema["properties"].items()
        if shape.get("x-unit") == "seconds" and "anyOf" in shape
    }
