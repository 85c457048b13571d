"""Generated files: whatever they hold, reading never raises, and what goes in holds together."""

from __future__ import annotations

import json
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exchange.made import Chain, payload
from tests.exchange.support import carry_out, new_vault, plan_of
from tests.fuzz.material import holds_together
from tests.jwts import sign
from tests.tools import count
from wallet.exchange.plan.import_plan import Choice, Choices
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.vault import Vault

pytestmark = pytest.mark.slow

CHAIN, OTHER = Chain(), Chain("other")
WHOLE = [
    bytes(CHAIN.user.encode()),
    CHAIN.user.public.text.encode(),
    CHAIN.operator_jwt().encode(),
    CHAIN.account_jwt().encode(),
    CHAIN.user_jwt().encode(),
    CHAIN.creds(),
    CHAIN.everything(),
    json.dumps({"url": "nats://a", "user_seed": CHAIN.user.encode().decode()}).encode(),
    f"authorization {{ users: [ {{ nkey: {CHAIN.user.public.text} }} ] }}".encode(),
]
slowly = settings(
    deadline=None,
    max_examples=count(50, 150),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    with new_vault(tmp_path_factory.mktemp("generated")) as vault:
        yield vault


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Something whole, with pieces taken out, put in, doubled or changed."""
    text = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        end = min(len(text), at + draw(st.integers(0, 12)))
        how = draw(st.sampled_from(["cut", "put", "double", "end"]))
        if how == "cut":
            del text[at:end]
        elif how == "put":
            text[at:at] = draw(st.binary(max_size=6))
        elif how == "double":
            text[at:at] = text[at:end]
        else:
            del text[at:]
    return bytes(text)


def read(content: bytes) -> Findings:
    into = Findings()
    SourceReader(into).text(bytearray(content))
    return into


@slowly
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_without_harm(content: bytes) -> None:
    with read(content) as into:
        holds_together(into)


@slowly
@given(damaged())
def test_damaged_files_give_what_is_whole_in_them_or_a_reason(content: bytes) -> None:
    with read(content) as into:
        holds_together(into)
        # What is left of a context can be one that names a server and no key.
        told = into.mentions or into.bad or into.notes or into.servers
        assert told or not content.strip()
        identities = (CHAIN.operator, CHAIN.account, CHAIN.user)
        known = {seed.public.text for seed in (*identities, CHAIN.operator_sk, CHAIN.account_sk)}
        assert {found.public.text for found in into.mentions} <= known


@slowly
@given(
    st.dictionaries(
        st.sampled_from(["url", "creds", "nkey", "nsc", "user_jwt", "user_seed", "x"]), JSON
    )
)
def test_any_context_is_read_without_harm(fields: dict[str, object]) -> None:
    with read(json.dumps(fields).encode()) as into:
        holds_together(into)


@slowly
@given(st.text(alphabet=string.printable + "äU\u2028", max_size=120))
def test_any_configuration_is_read_without_harm(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "generated.conf"
    path.write_text(f"authorization {{ users = [ {text}", encoding="utf-8")
    with Findings() as into:
        SourceReader(into).path(path)
        holds_together(into)


def test_any_signed_claims_go_in_whole_or_not_at_all(vault: Vault) -> None:
    signers = {"operator": OTHER.operator, "account": OTHER.operator, "user": OTHER.account}
    outcomes: Counter[str] = Counter()

    @slowly
    @given(
        kind=st.sampled_from(list(signers)),
        nats=st.dictionaries(
            st.sampled_from(
                "signing_keys limits revocations tags pub sub issuer_account x".split()  # noqa: SIM905
            ),
            JSON | st.just([OTHER.account_sk.public.text]) | st.just({OTHER.user.public.text: 5}),
            max_size=2,
        ),
        name=st.text(max_size=20) | JSON,
    )
    def signed_claims(kind: str, nats: dict[str, object], name: object) -> None:
        with Seed.generate(Kind(kind)) as key:
            signer = key if kind == "operator" else signers[kind]
            claims = {**payload(signer, key.public.text, kind, **nats), "name": name}
            token = sign(signer, claims)
            plan = plan_of(vault, token.encode(), choices=Choices(Choice.BOTH))
            result = carry_out(vault, plan)
            record = vault.records.by_public(key.public.text)
            if plan.bad:
                outcomes["refused"] += 1
                assert record is None
            else:
                outcomes["taken"] += 1
                assert not result.bad
                assert record is not None
                assert vault.records.tokens.get(record.id) == token

    signed_claims()
    assert min(outcomes["refused"], outcomes["taken"]) >= 3, outcomes


@slowly
@given(
    st.lists(
        st.sampled_from(
            [
                CHAIN.operator_jwt(),
                CHAIN.account_jwt(),
                CHAIN.account_jwt(at=5, revocations={CHAIN.user.public.text: 7}),
                CHAIN.account_jwt(signer=CHAIN.operator_sk, at=9),
                CHAIN.account_jwt(signer=OTHER.operator, at=50),
                CHAIN.user_jwt(),
                CHAIN.user_jwt(signer=CHAIN.account_sk, at=3),
                CHAIN.user_jwt(signer=OTHER.account_sk, at=4),
                OTHER.operator_jwt(signing_keys=[CHAIN.operator_sk.public.text]),
                OTHER.account_jwt(signing_keys=[CHAIN.account_sk.public.text]),
                bytes(CHAIN.operator.encode()).decode(),
                bytes(CHAIN.account_sk.encode()).decode(),
                bytes(CHAIN.user.encode()).decode(),
                CHAIN.user.public.text,
            ]
        ),
        max_size=8,
    ),
    st.lists(st.integers(0, 8), max_size=3),
    st.sampled_from(list(Choice)),
)
def test_in_any_order_and_in_any_parts_the_tree_stays_sound(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], cuts: list[int], choice: Choice
) -> None:
    with new_vault(tmp_path_factory.mktemp("order")) as vault:
        at = 0
        for cut in [*sorted(cuts), len(parts)]:
            content = "\n".join(parts[at:cut]).encode()
            at = max(at, cut)
            if content:
                result = carry_out(vault, plan_of(vault, content, choices=Choices(choice)))
                assert not result.bad
        records = vault.records
        records.database.check()
        for record in records.all():
            claims = records.tokens.claims(record.id)
            if claims is not None:
                assert claims.subject == record.public
                assert claims.signature_valid
            if claims is not None and claims.type == "user" and record.parent is not None:
                assert records.get(record.parent).kind is Kind.ACCOUNT


@slowly
@given(st.lists(st.text(min_size=1, max_size=12), max_size=5))
def test_any_names_in_a_directory_are_walked(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    where: Path = tmp_path_factory.mktemp("names")
    for name in names:
        try:
            (where / name).with_suffix(".nk").write_bytes(CHAIN.user.encode())
        except (OSError, ValueError):
            continue
    with Findings() as into:
        SourceReader(into).path(where)
        holds_together(into)
