"""Opening a file while others save it: the derivation of the keys takes its time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vault.support import add, make, names_in, passphrase, unlock
from wallet.errors import AlteredError, WrongPassphraseError
from wallet.vault.file import ways_in

Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Something is done once, while the keys are derived."""

    def let(happen: Callable[[], object]) -> None:
        derive = ways_in.opened_by

        def derive_slowly(*given: object) -> object:
            monkeypatch.setattr(ways_in, "opened_by", derive)
            derived = derive(*given)  # type: ignore[arg-type]
            happen()
            return derived

        monkeypatch.setattr(ways_in, "opened_by", derive_slowly)

    return let


def test_what_is_saved_meanwhile_is_there(path: Path, meanwhile: Meanwhile) -> None:
    other = make(path, "first")
    meanwhile(lambda: add(other, "second"))
    with unlock(path) as vault:
        assert names_in(vault) == {"first", "second"}


def test_a_passphrase_that_was_changed_meanwhile_opens_it_no_more(
    path: Path, meanwhile: Meanwhile
) -> None:
    other = make(path, "first")
    meanwhile(lambda: other.change_passphrase(passphrase(), passphrase("entirely another")))
    with pytest.raises(WrongPassphraseError):
        unlock(path)


def test_a_way_in_that_was_added_meanwhile_is_no_hindrance(
    path: Path, meanwhile: Meanwhile
) -> None:
    """The passphrase is the same, and opens other keys."""
    other = make(path, "first")
    meanwhile(lambda: other.change_passphrase(passphrase(), passphrase()))
    with unlock(path) as vault:
        assert names_in(vault) == {"first"}


def test_another_body_behind_the_same_header_is_refused(path: Path, meanwhile: Meanwhile) -> None:
    make(path, "first").lock()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    meanwhile(lambda: path.write_bytes(content))
    with pytest.raises(AlteredError):
        unlock(path)
