"""What an import adds, fills in, merges, and what it asks about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.made import AT, Chain
from tests.exchange.support import carry_out, import_all, new_vault, plan_of
from wallet.errors import UsageError
from wallet.exchange.plan.import_execution import apply
from wallet.exchange.plan.import_plan import Choice, Choices, Step
from wallet.exchange.plan.key_comparison import plan_again
from wallet.nats import jwt
from wallet.nats.claims.signing_keys import signing_keys
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return new_vault(tmp_path_factory.mktemp("planning"))


def lines(*parts: str | bytes | bytearray) -> bytes:
    return b"\n".join(part.encode() if isinstance(part, str) else bytes(part) for part in parts)


def tree(vault: Vault) -> dict[str, str]:
    return {record.path: record.public for record in vault.records.all()}


def test_a_key_that_is_here_stays_where_it_is_when_what_it_belongs_under_is_left_out(
    vault: Vault,
) -> None:
    chain, other = Chain(), Chain("other")
    import_all(vault, b"sales " + bytes(other.account.encode()))
    import_all(vault, bytes(chain.user.encode()))
    text = f"{chain.account_jwt()}\n{chain.user_jwt()}"
    result = import_all(vault, text, choices=Choices(Choice.KEEP))
    assert not result.bad
    record = vault.records.by_public(chain.user.public.text)
    assert record is not None
    assert (record.parent, record.has_jwt) == (None, False)


def test_parents_go_in_first_whatever_the_order_of_the_files(vault: Vault) -> None:
    chain = Chain()
    result = import_all(
        vault, lines(chain.user_jwt(), chain.account_jwt(), chain.operator_jwt(), *seeds(chain))
    )
    assert [record.path for record in result.added] == [
        "corp",
        "corp/signing-1",
        "corp/sales",
        "corp/sales/signing-1",
        "corp/sales/till",
    ]


def seeds(chain: Chain) -> list[bytes]:
    all_of_them = (chain.user, chain.account_sk, chain.operator_sk, chain.account, chain.operator)
    return [bytes(seed.encode()) for seed in all_of_them]


def test_the_history_of_a_key_says_from_which_file_it_came(vault: Vault, tmp_path: Path) -> None:
    chain = Chain()
    public, secret = tmp_path / "chain.jwt", tmp_path / "till.nk"
    public.write_text(f"{chain.operator_jwt()}\n{chain.account_jwt()}\n{chain.user_jwt()}\n")
    secret.write_bytes(bytes(chain.user.encode()))
    import_all(vault, public)
    import_all(vault, secret)
    imported, seed_added = vault.records.history.events(chain.user.public.text)
    assert (imported.what, seed_added.what) == ("imported", "seed-added")
    assert imported.detail.startswith(f"from {public}")
    assert seed_added.detail.startswith(f"from {secret}")
    with vault.change() as records, Seed.generate(Kind.USER) as seed:
        made = records.add(seed, name="made here")
    assert [event.what for event in vault.records.history.events(made.public)] == ["made"]


def test_seeds_come_in_later_than_the_public_halves(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt(), chain.user_jwt()))
    assert not any(record.has_seed for record in vault.records.all())
    before = tree(vault)
    result = import_all(vault, lines(*seeds(chain)))
    assert len(result.changed) == 5
    assert tree(vault) == before
    assert all(record.has_seed for record in vault.records.all())


def test_jwts_come_in_later_than_the_seeds_and_put_the_keys_in_their_place(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, lines(*seeds(chain)[1:4]))  # those whose own JWTs the wallet cannot make
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt(), chain.user_jwt()))
    placed = {public: path for path, public in tree(vault).items()}
    assert placed[chain.account_sk.public.text].startswith("corp/account-")
    assert placed[chain.operator_sk.public.text].startswith("corp/operator-")
    assert [key.has_seed for key in vault.records.all() if key.signing] == [True, True]


def test_an_account_that_only_its_users_tell_of_is_known_by_its_public_half(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, chain.creds())
    assert tree(vault) == {
        "account-1": chain.account.public.text,
        "account-1/till": chain.user.public.text,
    }
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt()))
    assert "corp/account-1/till" in tree(vault)
    account = vault.records.find("account-1")
    assert account.has_jwt
    assert not account.has_seed


def test_of_several_jwts_about_one_key_the_newest_counts(vault: Vault) -> None:
    chain = Chain()
    old, new = chain.user_jwt(), chain.user_jwt(at=60, pub={"allow": ["a"]})
    plan = plan_of(vault, lines(chain.account_jwt(), new, old))
    user = plan.items[-1]
    assert user.candidate.claims is not None
    assert user.candidate.claims.token == new
    assert "Of 2 JWTs about it" in user.notes[0]
    carry_out(vault, plan)
    import_all(vault, old, choices=Choices(Choice.KEEP))
    assert vault.records.tokens.get(vault.records.find("till").id) == new


@pytest.mark.parametrize("choice", [Choice.KEEP, Choice.TAKE])
def test_an_older_jwt_that_says_something_else_is_asked_about(vault: Vault, choice: Choice) -> None:
    chain = Chain()
    old, new = chain.user_jwt(pub={"allow": ["b"]}), chain.user_jwt(at=60, pub={"allow": ["a"]})
    import_all(vault, lines(chain.account_jwt(), new))
    plan = plan_of(vault, old)
    (conflict,) = plan.open_conflicts
    assert (conflict.what, conflict.path) == ("jwt", "sales/till")
    with vault.change() as records, pytest.raises(UsageError, match="it is not settled"):
        apply(records, plan)
    plan.choices.choose(conflict, choice)
    carry_out(vault, plan)
    held = vault.records.tokens.get(vault.records.find("till").id)
    assert held == (old if choice is Choice.TAKE else new)


def test_an_older_jwt_that_says_the_same_is_no_conflict(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, lines(chain.account_jwt(), chain.user_jwt(at=60)))
    plan = plan_of(vault, chain.user_jwt())
    assert [item.what for item in plan.items] == ["same"]


def test_a_newer_jwt_that_lets_a_revoked_user_in_again_is_asked_about(vault: Vault) -> None:
    chain = Chain()
    revoking = chain.account_jwt(at=10, revocations={chain.user.public.text: AT + 20})
    import_all(vault, lines(chain.operator_jwt(), revoking, chain.user_jwt()))
    assert vault.records.find("till").revoked
    plan = plan_of(vault, chain.user_jwt(at=30))
    assert "would let it in again" in plan.open_conflicts[0].sentence
    plan = plan_of(vault, chain.account_jwt(at=40))
    assert "no longer revokes" in plan.open_conflicts[0].sentence


def test_a_newer_jwt_of_an_account_that_still_revokes_is_taken(vault: Vault) -> None:
    chain = Chain()
    first = {chain.user.public.text: AT + 20}
    import_all(
        vault,
        lines(chain.operator_jwt(), chain.account_jwt(at=10, revocations=first), chain.user_jwt()),
    )
    newer = chain.account_jwt(at=40, revocations={**first, "*": AT + 5})
    import_all(vault, newer)
    assert vault.records.tokens.get(vault.records.find("sales").id) == newer


def test_a_name_that_is_taken_by_another_key_gives_the_next_number(vault: Vault) -> None:
    first, second = Chain(), Chain()
    import_all(vault, first.operator_jwt().encode())
    assert plan_of(vault, second.operator_jwt().encode()).open_conflicts[0].what == "name"
    kept = import_all(vault, second.operator_jwt().encode(), choices=Choices(Choice.KEEP))
    assert not kept.added
    import_all(vault, second.operator_jwt().encode(), choices=Choices(Choice.TAKE))
    assert tree(vault)["corp"] == first.operator.public.text
    assert tree(vault)["corp-2"] == second.operator.public.text


def test_what_belongs_to_a_key_that_is_left_out_is_left_out_too(vault: Vault) -> None:
    first, second = Chain(), Chain()
    import_all(vault, first.operator_jwt().encode())
    plan = plan_of(
        vault,
        lines(second.operator_jwt(), second.account_jwt(), second.user_jwt()),
        choices=Choices(Choice.KEEP),
    )
    assert {item.what for item in plan.items} == {"leave out"}
    assert not plan.to_do


def test_two_keys_of_one_import_with_one_name_are_numbered(vault: Vault) -> None:
    first, second = Chain(), Chain()
    import_all(vault, lines(first.operator_jwt(), second.operator_jwt()))
    assert {"corp", "corp-2"} <= set(tree(vault))


def test_under_puts_keys_of_which_nothing_says_whose_they_are(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, chain.everything())
    with Seed.generate(Kind.USER) as user:
        import_all(vault, b"extra " + bytes(user.encode()), under="corp/sales")
        record = vault.records.find("corp/sales/extra")
        assert record.has_jwt  # its account's seed is here, so it can be used at once
        claims = vault.records.tokens.claims(record.id)
        assert claims is not None
        assert claims.account == chain.account.public.text


@pytest.mark.parametrize(
    ("kind", "under"),
    [(Kind.OPERATOR, "corp"), (Kind.SERVER, "corp"), (Kind.USER, "corp"), (Kind.ACCOUNT, "sales")],
)
def test_a_key_of_a_kind_that_does_not_hang_there_is_asked_about(
    vault: Vault, kind: Kind, under: str
) -> None:
    import_all(vault, Chain().everything())
    with Seed.generate(kind) as seed:
        text = bytes(seed.encode())
        (conflict,) = plan_of(vault, text, under=under).open_conflicts
        assert conflict.what == "under"
        assert not import_all(vault, text, under=under, choices=Choices(Choice.KEEP)).added
        taken = import_all(vault, text, under=under, choices=Choices(Choice.TAKE))
        assert [record.parent for record in taken.added] == [None]


def test_a_known_key_that_belongs_elsewhere_by_the_file_is_asked_about(vault: Vault) -> None:
    here, there = Chain(), Chain("there")
    import_all(vault, lines(*seeds(here), here.operator_jwt(), here.account_jwt()))
    import_all(vault, there.everything())
    with Seed.generate(Kind.USER) as user:
        mine = jwt.issue(here.account, user.public, {"subs": -1}, issued=AT, name="wanderer")
        other = jwt.issue(there.account, user.public, {"subs": -1}, issued=AT, name="wanderer")
        import_all(vault, mine.encode())
        plan = plan_of(vault, other.encode())
        assert [conflict.what for conflict in plan.open_conflicts] == ["place"]
        import_all(vault, other.encode(), choices=Choices(Choice.KEEP))
        assert vault.records.find("wanderer").path == "corp/sales/wanderer"
        import_all(vault, other.encode(), choices=Choices(Choice.TAKE))
        assert vault.records.find("wanderer").path == "there/sales/wanderer"
        assert vault.records.tokens.get(vault.records.find("wanderer").id) == other


def test_a_choice_for_one_conflict_leaves_the_others_open(vault: Vault) -> None:
    first, second, third = Chain(), Chain(), Chain()
    import_all(vault, lines(first.operator_jwt()))
    with Seed.generate(Kind.SERVER) as one, Seed.generate(Kind.SERVER) as other:
        import_all(vault, b"n1 " + bytes(one.encode()))
        both = lines(second.operator_jwt(), b"n1 " + bytes(other.encode()))
        plan = plan_of(vault, both)
        assert len(plan.open_conflicts) == 2
        plan.choices.choose(plan.open_conflicts[0], Choice.BOTH)
        again = plan_of(vault, both, choices=plan.choices)
        assert [conflict.path for conflict in again.open_conflicts] == ["n1"]
    assert third.operator.public.text not in tree(vault).values()


def test_a_plan_holds_until_the_vault_or_a_choice_is_another(vault: Vault) -> None:
    import_all(vault, b"sales " + bytes(Chain("first").account.encode()))
    plan = plan_of(vault, b"sales " + bytes(Chain("second").account.encode()))
    assert plan.open_conflicts
    with plan.findings:
        with vault.change() as records:
            assert plan_again(records, plan) is plan
        plan.choices.choose(plan.open_conflicts[0], Choice.BOTH)
        with vault.change() as records:
            settled = plan_again(records, plan)
            assert (settled is plan, settled.open_conflicts) == (False, [])
            records.rename(records.find("sales").id, "was sales")
            assert [item.name for item in plan_again(records, settled).items] == ["sales"]
        assert [item.name for item in settled.items] == ["sales-2"]
        assert plan_again(vault.records, settled) is not settled


def test_a_plan_is_made_anew_for_a_vault_that_changed_meanwhile(vault: Vault) -> None:
    first, second = Chain(), Chain()
    plan = plan_of(vault, first.operator_jwt().encode())
    import_all(vault, second.operator_jwt().encode())  # which takes the name
    before = tree(vault)
    with pytest.raises(UsageError, match="not settled"):
        carry_out(vault, plan)
    assert tree(vault) == before


def test_what_the_progress_raises_undoes_all_of_it(vault: Vault) -> None:
    chain = Chain()
    plan = plan_of(vault, chain.everything())
    seen: list[int] = []

    def stop(done: int, of: int) -> None:
        seen.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), vault.change() as records:
        apply(records, plan, stop)
    assert seen == [0, 1, 2, 3]
    assert vault.records.count() == 0


def test_a_key_that_cannot_go_in_leaves_nothing_and_keeps_no_other_out(vault: Vault) -> None:
    chain = Chain()
    plan = plan_of(vault, chain.everything())
    account = next(item for item in plan.items if item.path == "corp/sales")
    with vault.change() as records:
        # What no other window can do between the plan and this: the records refuse the name.
        operator = records.add(chain.operator, name="corp")
        records.add(Seed.generate(Kind.ACCOUNT), name="sales", under=operator.id)
        plan.choices.for_all = Choice.KEEP
        result = apply(records, plan)
    assert account.path not in {record.path for record in result.added}
    assert vault.records.by_public(chain.account.public.text) is None
    assert vault.records.by_public(chain.user.public.text) is None
    assert vault.records.by_public(chain.operator_sk.public.text) is not None


def test_users_of_an_account_that_gets_a_jwt_have_one_too(vault: Vault) -> None:
    chain = Chain()
    with vault.change() as records:
        account = Issuing(records).add(chain.account, name="sales")
        made = Issuing(records).add(Seed.generate(Kind.USER), name="cash", under=account.id)
    assert not made.has_jwt
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt()))
    assert vault.records.find("corp/sales/cash").has_jwt


def test_tags_of_a_jwt_come_along(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, chain.operator_jwt(tags=["org:corp", "two words", "prod"]).encode())
    assert vault.records.find("corp").tags == ("org:corp", "prod")


def test_a_scope_gives_its_signing_key_its_name(vault: Vault) -> None:
    chain = Chain()
    scope = {
        "kind": "user_scope",
        "key": chain.account_sk.public.text,
        "role": "worker",
        "template": {"subs": 5},
    }
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt(signing_keys=[scope])))
    assert vault.records.find("corp/sales/worker").signing


def test_each_key_of_one_thousand_goes_in(vault: Vault) -> None:
    text = bytearray()
    for number in range(1000):
        with Seed.generate(Kind.USER) as seed:
            text += b"device-%d " % number + seed.encode() + b"\n"
    assert len(import_all(vault, bytes(text)).added) == 1000
    assert Step.ADD not in {s for item in plan_of(vault, bytes(text)).items for s in item.steps}


def test_the_empty_jwt_that_a_seed_alone_gave_an_operator_gives_way_to_its_own(
    vault: Vault,
) -> None:
    chain = Chain()
    import_all(vault, bytes(chain.operator.encode()))
    assert vault.records.find("operator-1").has_jwt
    import_all(vault, chain.operator_jwt())
    assert vault.records.tokens.get(vault.records.find("operator-1").id) == chain.operator_jwt()


def test_servers_of_contexts_are_remembered(vault: Vault) -> None:
    result = import_all(vault, '{"url": "nats://a.example, tls://b.example:4443, ws://c"}')
    assert result.servers == 2
    assert vault.records.servers.recent() == ["tls://b.example:4443", "nats://a.example:4222"]


def test_what_the_keys_were_to_hang_under_may_be_gone_meanwhile(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, chain.everything())
    with Seed.generate(Kind.USER) as user:
        plan = plan_of(vault, bytes(user.encode()), under="corp/sales")
    with vault.change() as records:
        records.delete(records.find("corp").id)
    with pytest.raises(UsageError, match="no longer in the vault"):
        carry_out(vault, plan)


def test_a_key_that_stands_alone_is_put_under_what_was_said(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, chain.everything())
    with Seed.generate(Kind.USER) as user:
        import_all(vault, b"till " + bytes(user.encode()))
        moved = import_all(vault, user.public.text, under="corp/sales")
        assert [record.path for record in moved.changed] == ["corp/sales/till-2"]
        claims = vault.records.tokens.claims(moved.changed[0].id)
        assert claims is not None
        assert claims.name == "till-2"


def test_a_public_key_that_a_jwt_calls_its_signing_key_becomes_one(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, f"mine {chain.account_sk.public.text}")
    with vault.change() as records:
        mine = records.find("mine")
        records.set_tags(mine.id, ["kept"])
        records.set_notes(mine.id, "these too")
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt()))
    found = vault.records.find("corp/sales/mine")
    assert (found.signing, found.tags, found.notes) == (True, ("kept",), "these too")


def test_a_key_of_its_own_with_others_beneath_it_becomes_no_signing_key(vault: Vault) -> None:
    chain = Chain()
    with vault.change() as records:
        own = Issuing(records).add(chain.account_sk, name="own")
        Issuing(records).add(Seed.generate(Kind.USER), name="till", under=own.id)
    plan = plan_of(vault, lines(chain.operator_jwt(), chain.account_jwt()))
    key = chain.account_sk.public.text
    (item,) = [item for item in plan.items if item.candidate.public.text == key]
    assert item.notes == ["A JWT names it as its signing key; here it is a key of its own."]
    assert item.steps == []


def test_a_signing_key_here_stays_one_when_its_seed_comes_alone(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt()))
    result = import_all(vault, bytes(chain.account_sk.encode()))
    assert [(record.path, record.signing) for record in result.changed] == [
        ("corp/sales/signing-1", True)
    ]


def test_a_seed_that_was_missing_gives_those_beneath_their_jwts(vault: Vault) -> None:
    chain = Chain()
    import_all(vault, lines(chain.operator_jwt(), chain.account_jwt(), chain.user.public.text))
    import_all(vault, bytes(chain.user.encode()), under="corp/sales")
    assert not vault.records.find("corp/sales/user-1").has_jwt  # nobody here could sign it
    result = import_all(vault, bytes(chain.account.encode()))
    assert not result.bad
    assert vault.records.find("corp/sales/user-1").has_jwt


def test_of_two_jwts_that_name_a_signing_key_one_counts(vault: Vault) -> None:
    first, second = Chain(), Chain("other")
    same = [first.account_sk.public.text]
    plan = plan_of(
        vault,
        lines(
            first.operator_jwt(),
            second.operator_jwt(),
            first.account_jwt(),
            second.account_jwt(signing_keys=same),
        ),
    )
    key = first.account_sk.public.text
    (item,) = [item for item in plan.items if item.candidate.public.text == key]
    assert "Two JWTs name it as their signing key." in item.notes
    assert len(carry_out(vault, plan).bad) == 0


@pytest.mark.parametrize("with_seed", [True, False])
def test_an_account_that_signed_its_own_jwt_is_signed_anew_under_the_operator_that_is_named(
    vault: Vault, with_seed: bool
) -> None:
    corp = Chain()
    import_all(vault, lines(corp.operator_jwt(), corp.operator.encode()))
    foreign = Chain("elsewhere")
    own = foreign.account_jwt(
        signer=foreign.account, limits={**unlimited_account()["limits"], "conn": 7}
    )
    seeds_given = [foreign.user, *([foreign.account] if with_seed else [])]
    text = lines(own, foreign.user_jwt(), *(seed.encode() for seed in seeds_given))
    plan = plan_of(vault, text, under="corp")
    assert not plan.open_conflicts
    (account,) = (item for item in plan.items if item.resigned)
    assert any("signed anew by corp" in note for note in account.notes)
    carry_out(vault, plan)
    record = vault.records.by_public(foreign.account.public.text)
    assert record is not None
    assert record.path.startswith("corp/sales")
    claims = vault.records.tokens.claims(record.id)
    operator = vault.records.tokens.claims(vault.records.find("corp").id)
    assert claims is not None
    assert operator is not None
    assert claims.issuer.text in {operator.subject, *signing_keys(operator.nats)}
    assert claims.nats["limits"]["conn"] == 7
    user = vault.records.by_public(foreign.user.public.text)
    assert user is not None
    assert user.path == f"{record.path}/till"
    assert vault.records.tokens.get(user.id) == foreign.user_jwt()


def test_an_account_that_stands_here_with_a_jwt_of_its_own_is_signed_anew_when_it_is_put_there(
    vault: Vault,
) -> None:
    import_all(vault, Chain().everything())
    foreign = Chain("elsewhere")
    old, new = (
        foreign.account_jwt(signer=foreign.account, at=at, description=text)
        for at, text in ((0, "old"), (10, "new"))
    )
    import_all(vault, lines(old, foreign.account.encode()))
    record = vault.records.by_public(foreign.account.public.text)
    assert record is not None
    assert record.parent is None
    import_all(vault, new, under="corp")
    moved = vault.records.get(record.id)
    claims = vault.records.tokens.claims(record.id)
    assert moved.path.startswith("corp/")
    assert claims is not None
    assert claims.issuer.kind is Kind.OPERATOR
    assert claims.nats["description"] == "new"


def test_an_operator_whose_seed_is_not_here_leaves_such_an_account_unsigned_and_says_so(
    vault: Vault,
) -> None:
    import_all(vault, lines(Chain().operator_jwt()))
    foreign = Chain("elsewhere")
    result = import_all(vault, foreign.account_jwt(signer=foreign.account), under="corp")
    assert result.left
    record = vault.records.by_public(foreign.account.public.text)
    assert record is not None
    assert record.path == "corp/sales"
