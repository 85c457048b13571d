"""Makes the golden vault with a key file and a recovery code; `ways_in.*` must open for ever.

`python -m tests.vault.golden.ways_in` writes the vault, its key file, and passphrase and code on a
line each. What is there already is never made anew.
"""

from __future__ import annotations

import sys

from tests.vault.golden.make import HERE, PASSPHRASE
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

VAULT, KEY_FILE, SECRETS = (HERE / f"ways_in.{end}" for end in ("nkw", "key", "secrets"))
KEY = bytes(range(256))


def main() -> int:
    """Make the three files."""
    if VAULT.exists():
        print(f"{VAULT} is there already, and is not made anew.", file=sys.stderr)
        return 1
    KEY_FILE.write_bytes(KEY)
    with (
        KeyFile.of(bytearray(KEY)) as key_file,
        Passphrase(PASSPHRASE).with_key_file(key_file) as passphrase,
        RecoveryCode.generate() as code,
        Vault.create(VAULT, passphrase, KdfCost.MINIMUM) as vault,
    ):
        with Seed.generate(Kind.USER) as seed, vault.change() as records:
            records.add(seed, name="billing")
        vault.change_recovery(passphrase, code)
        SECRETS.write_text(f"{PASSPHRASE}\n{code.text().decode()}\n", encoding="utf-8")
    for left in HERE.glob("ways_in.nkw.*"):
        left.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
