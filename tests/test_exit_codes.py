"""The exit code of each error that a person can meet, as scripts rely on it."""

from __future__ import annotations

from wallet import errors
from wallet.errors import VaultError, WalletError

_NO, _NOT_UNDERSTOOD, _VAULT, _WHICH_KEY, _NOT_WRITTEN = 1, 2, 3, 4, 74
EXIT_CODES = {
    "WalletError": _NO,
    "StateRefusesError": _NO,
    "ConfigurationError": _NO,
    "NoSeedError": _NO,
    "UsageError": _NOT_UNDERSTOOD,
    "KeyFormatError": _NOT_UNDERSTOOD,
    "JwtError": _NOT_UNDERSTOOD,
    "CredentialsError": _NOT_UNDERSTOOD,
    "PassphraseRefusedError": _NOT_UNDERSTOOD,
    "NoSuchKeyError": _WHICH_KEY,
    "AmbiguousKeyError": _WHICH_KEY,
    "OutputLostError": _NOT_WRITTEN,
}


def family(root: type[WalletError]) -> set[type[WalletError]]:
    """A class and all beneath it."""
    return {root}.union(*(family(child) for child in root.__subclasses__()))


def test_each_error_has_its_exit_code_and_all_of_the_vault_have_one() -> None:
    of_wallet = {one for one in family(WalletError) if one.__module__ == errors.__name__}
    codes = {one.__name__: one.exit_code for one in of_wallet if not issubclass(one, VaultError)}
    assert codes == EXIT_CODES
    assert {one.exit_code for one in family(VaultError)} == {_VAULT}
