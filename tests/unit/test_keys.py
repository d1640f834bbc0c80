"""Keys prove who holds them, and make no wider ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoat_ferret.errors import Forbidden, RequestError
from stoat_ferret.operations import keys
from stoat_ferret.operations.keys import SCOPES, Identity, covers, make, proves, state

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ADMIN = Identity(name="token", scopes=frozenset(SCOPES))
SETS = st.frozensets(st.sampled_from(SCOPES), min_size=1)


def test_a_key_is_shown_once() -> None:
    """What is kept cannot be used, and nothing prints the secret."""
    made = make(name="agent:editor", scopes=("edit",), by=ADMIN, now=NOW)
    prefix, number, secret = made.token.split("_", 2)
    assert ("stoat", made.key.id, 12, 43) == (prefix, number, len(number), len(secret))
    assert secret not in repr(made) + repr(made.key) + made.key.secret_hash
    assert made.key.secret_hash not in repr(made)
    assert number == keys.key_id(made.token)
    assert Identity(name="agent:editor", scopes=frozenset({"edit"}), key_id=number) == made.key.identity


def test_only_its_token_proves_a_key() -> None:
    """Not another's, not a changed one, not one of another form."""
    one, other = (make(name="agent:a", scopes=("read",), by=ADMIN, now=NOW) for _ in range(2))
    assert proves(one.key, one.token, now=NOW)
    swapped = f"stoat_{one.key.id}_{other.token.split('_', 2)[2]}"
    changed = one.token[:-2] + ("A" if one.token[-2] != "A" else "B") + one.token[-1]
    for wrong in (other.token, swapped, changed, one.token + "x", f" {one.token}", "", "stoat__", "é"):
        assert not proves(one.key, wrong, now=NOW)


def test_keys_end() -> None:
    """By their time, or because they were taken back; at the very moment."""
    made = make(name="agent:a", scopes=("read",), by=ADMIN, now=NOW, expires_at=NOW + timedelta(hours=1))
    revoked = replace(made.key, revoked_at=NOW + timedelta(minutes=1))
    assert "active" == state(made.key, now=NOW + timedelta(minutes=59))
    assert "expired" == state(made.key, now=NOW + timedelta(hours=1))
    assert "active" == state(revoked, now=NOW)
    assert "revoked" == state(revoked, now=NOW + timedelta(minutes=1))
    assert not proves(made.key, made.token, now=NOW + timedelta(hours=1))
    assert not proves(revoked, made.token, now=NOW + timedelta(minutes=1))


@given(held=SETS, wanted=SETS)
def test_no_key_makes_a_wider_one(held: frozenset[str], wanted: frozenset[str]) -> None:
    """What it makes may do nothing that it may not, however the scopes are put together."""
    holder = Identity(name="agent:a", scopes=held, key_id="0" * 12)
    if not covers(held, wanted):
        with pytest.raises(Forbidden) as caught:
            make(name="agent:b", scopes=wanted, by=holder, now=NOW)
        assert "key.wider" == caught.value.problems[0].code
        return
    made = make(name="agent:b", scopes=wanted, by=holder, now=NOW)
    assert {scope for scope in SCOPES if covers(made.key.scopes, {scope})} <= {
        scope for scope in SCOPES if covers(held, {scope})
    }


def test_no_key_makes_one_that_outlives_it() -> None:
    """Neither one without end nor one with a later end."""
    holder = Identity(name="agent:a", scopes=frozenset(SCOPES), expires_at=NOW + timedelta(days=1))
    for later in (None, NOW + timedelta(days=2)):
        with pytest.raises(Forbidden) as caught:
            make(name="agent:b", scopes=("read",), by=holder, now=NOW, expires_at=later)
        assert "key.outlives" == caught.value.problems[0].code
    end = NOW + timedelta(days=1)
    assert end == make(name="agent:b", scopes=("read",), by=holder, now=NOW, expires_at=end).key.expires_at


def test_everything_wrong_with_a_key_at_once() -> None:
    """Each by its field."""
    with pytest.raises(RequestError) as caught:
        make(name="token", scopes=("write",), by=ADMIN, now=NOW, expires_at=NOW)
    assert [("key.name", "/name"), ("key.unknown_scope", "/scopes"), ("key.ended", "/expires_at")] == [
        (problem.code, problem.path) for problem in caught.value.problems
    ]
    with pytest.raises(RequestError) as caught:
        make(name="agent:a", scopes=(), by=ADMIN, now=NOW)
    assert ["key.no_scope"] == [problem.code for problem in caught.value.problems]
