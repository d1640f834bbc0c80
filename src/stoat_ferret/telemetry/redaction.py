"""What must never be read in a log: secrets, by the name that they stand under and by their form."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, MutableMapping
from typing import Any, Final

MASK: Final = "[secret]"

_NAMED: Final = re.compile(
    r"token|authori[sz]ation|secret|api[_-]?key|password|cookie|credential", re.IGNORECASE
)
_FORMS: Final = re.compile(
    r"stoat_[0-9a-f]{12}_[A-Za-z0-9_-]{20,}"  # our own keys
    r"|stoat\.token\.[A-Za-z0-9._~+/=-]+"  # the sub-protocol that carries one
    r"|whsec_[A-Za-z0-9+/=_-]+"  # webhook secrets
    r"|\bsk_[A-Za-z0-9_]{8,}"  # keys of other services
    r"|(?<=bearer )[^\s\"',;]+"
    r"|(?<=://)[^/@\s]*:[^/@\s]*(?=@)",  # a password in a URL
    re.IGNORECASE,
)


class Redaction:
    """Masks secrets in the fields of a log line; a processor of structlog."""

    def __init__(self, known: Collection[str] = ()) -> None:
        self._known = tuple(sorted((secret for secret in known if secret), key=len, reverse=True))

    def __call__(self, logger: object, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        """The line without secrets."""
        return {name: self.masked(value, name) for name, value in event.items()}

    def masked(self, value: Any, name: str = "") -> Any:
        """A value without secrets; `name` is what it stands under."""
        if _NAMED.search(name) and value is not None and not isinstance(value, bool | int | float):
            return MASK
        match value:
            case str():
                return self.text(value)
            case bytes():
                return self.text(value.decode("utf-8", "replace"))
            case Mapping():
                return {key: self.masked(item, str(key)) for key, item in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.masked(item) for item in value]
            case bool() | int() | float() | None:
                return value
            case _:
                return self.text(str(value))

    def text(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._known:
            text = text.replace(secret, MASK)
        return _FORMS.sub(MASK, text)
