"""A passphrase that is typed where none belongs is refused, and not repeated: logs keep errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

TYPED = "correct horse battery staple"


@pytest.mark.parametrize(
    "words",
    [
        ("passphrase", TYPED),
        ("recovery", TYPED),
        ("init", TYPED),
        ("list", "--passphrase-file", TYPED),
        ("passphrase", "--new-passphrase-file", TYPED),
        ("list", f"--passphrase={TYPED}"),
        ("list", f"--password={TYPED}"),
        ("show", "n1", f"--passphrase={TYPED}"),
    ],
)
def test_a_passphrase_among_the_words_is_not_repeated(vault: Run, words: tuple[str, ...]) -> None:
    done = vault(*words)
    assert done.status == 2, done.err
    assert done.err
    assert TYPED not in done.out + done.err


def test_a_passphrase_in_the_variable_for_its_file_is_not_repeated(
    vault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", TYPED)
    done = vault("list")
    assert done.status == 2
    assert TYPED not in done.err
    assert "never the passphrase" in done.err


def test_the_path_of_a_file_that_is_missing_is_named(vault: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    done = vault("list", "--passphrase-file", missing)
    assert done.status == 2
    assert missing in done.err
