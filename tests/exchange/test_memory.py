"""What an import leaves of the seeds in memory: nothing of what the wallet can wipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import PASSPHRASE, new_vault
from tests.vault.test_memory import _memory_of

pytestmark = pytest.mark.slow

PROGRAM = r"""
import gc, sys
from pathlib import Path
from wallet.exchange.plan.import_execution import apply
from wallet.exchange.readers.material import Findings
from wallet.exchange.plan.key_comparison import make_plan
from wallet.exchange.readers.sources import SourceReader
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault

vault = Vault.unlock(Path(sys.argv[1]), Passphrase(sys.argv[2]))
findings = Findings()
SourceReader(findings).path(Path(sys.argv[3]))
if sys.argv[4] == "leak":
    leaked = (Path(sys.argv[3]) / "till.nk").read_bytes()
plan = make_plan(vault.records, findings)
with vault.change() as records:
    print(len(apply(records, plan).added), flush=True)
findings.wipe()
gc.collect()
print("done", flush=True)
sys.stdin.readline()
"""


def copies(directory: Path, vault: Path, how: str, secrets: list[bytes]) -> list[int]:
    """How often each secret is in the memory of a program that has imported `directory`."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(vault), PASSPHRASE, str(directory), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "5\n"
        assert process.stdout.readline() == "done\n"
        memory = _memory_of(process.pid)
        return [memory.count(secret) for secret in secrets]
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", ["wipe", "leak"])
def test_after_an_import_no_copy_of_a_seed_is_in_the_processs_memory(
    tmp_path: Path, how: str
) -> None:
    chain = Chain()
    where = tmp_path / "keys"
    where.mkdir()
    (where / "till.nk").write_bytes(chain.user.encode())
    (where / "till.creds").write_bytes(chain.creds())
    seeds = (chain.operator, chain.operator_sk, chain.account, chain.account_sk)
    (where / "more.txt").write_bytes(b"\n".join(b"x " + bytes(seed.encode()) for seed in seeds))
    for name, token in (("corp", chain.operator_jwt()), ("sales", chain.account_jwt())):
        (where / f"{name}.jwt").write_text(token)
    with new_vault(tmp_path):
        pass
    secrets = [bytes(seed.raw) for seed in (*seeds, chain.user)]
    secrets += [bytes(seed.encode()) for seed in (*seeds, chain.user)]
    found = copies(where, tmp_path / "vault" / "vault.nkw", how, secrets)
    if how == "wipe":
        assert found == [0] * len(secrets)
    else:  # the control: what is kept is seen
        assert found[-1] >= 1
