"""The vault: what goes in comes out, and only there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crypto import CannotDecrypt, Vault, keys_from_file, parse_keys

OLD, NEW = b"o" * 32, b"n" * 32


@given(secret=st.binary(max_size=500), place=st.text(max_size=50))
def test_any_secret_comes_back_and_never_looks_like_itself(secret: bytes, place: str) -> None:
    vault = Vault([NEW])
    sealed = vault.seal(secret, bound_to=place)
    assert vault.open(sealed, bound_to=place) == secret
    assert len(secret) < 4 or secret not in sealed
    assert vault.seal(secret, bound_to=place) != sealed, "equal secrets do not look equal"


@given(secret=st.binary(min_size=1, max_size=100), data=st.data())
def test_a_changed_byte_does_not_open(secret: bytes, data: st.DataObject) -> None:
    vault = Vault([NEW])
    sealed = bytearray(vault.seal(secret, bound_to="here"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotDecrypt):
        vault.open(bytes(sealed), bound_to="here")


def test_a_ciphertext_moved_to_another_row_does_not_open() -> None:
    vault = Vault([NEW])
    sealed = vault.seal(b"sk_live_1", bound_to="integrations/1/stripe/credentials")
    with pytest.raises(CannotDecrypt):
        vault.open(sealed, bound_to="integrations/2/stripe/credentials")


def test_the_first_key_seals_and_every_key_opens() -> None:
    sealed = Vault([OLD]).seal(b"secret", bound_to="x")
    assert Vault([NEW, OLD]).open(sealed, bound_to="x") == b"secret"
    with pytest.raises(CannotDecrypt):
        Vault([NEW]).open(sealed, bound_to="x")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" * 60, b"\x01" + b"a" * 60])
def test_garbage_does_not_open(sealed: bytes) -> None:
    with pytest.raises(CannotDecrypt):
        Vault([NEW]).open(sealed, bound_to="x")


def test_the_generated_key_file_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "data" / "encryption.key"
    first = keys_from_file(path)
    assert keys_from_file(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["short", "AAAA", "é" * 43, "a" * 43])
def test_a_bad_key_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        parse_keys(text)
