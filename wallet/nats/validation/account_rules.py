"""Rules for what must fit together in an account: exports, limits, callout, traces. Pure.

Called for claims whose types are right. Source: nats-io/jwt v2.8, account_claims.go, exports.go;
nats-server accounts.go, updateAccountClaimsWithRefresh.
"""

from __future__ import annotations

from collections.abc import Mapping

from wallet.nats.jwt_layout import UNLIMITED
from wallet.nats.subjects import Patterns, is_wild
from wallet.nats.validation.fields import EVERYBODY, JETSTREAM_LIMITS, RESPONSE_TYPES
from wallet.nats.validation.flaw import Effect, Json, Path, Review

Nats = Mapping[str, Json]


def entries(nats: Nats, name: str) -> list[Nats]:
    """The objects of a list, as far as it is one."""
    listed = nats.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def overlaps(listed: list[tuple[int, str]]) -> dict[int, bool]:
    """Find, by their places, the subjects that repeat an earlier one or lie within another.

    True where it is certain. As Go's JWT library compares them.
    """
    patterns = Patterns(dict.fromkeys(subject for _, subject in listed))
    within: dict[str, bool | None] = {}
    certain_at = {}
    for at, subject in listed:
        repeated = subject in within
        if not repeated:
            within[subject] = patterns.covers(subject, loosely=True, others=True)
        if repeated or within[subject] is not False:
            certain_at[at] = repeated or within[subject] is True
    return certain_at


def exports(review: Review, nats: Nats) -> None:
    """Each export alone, and all of them beside each other."""
    listed: list[Json] = nats.get("exports") or []
    subjects: dict[str, list[tuple[int, str]]] = {"service": [], "stream": []}
    for at, export in enumerate(listed):
        if export is None:
            review.add(("exports", at), "null is no export")
            continue
        _export(review, ("exports", at), export)
        kind = "service" if export.get("type") == "service" else "stream"
        subjects[kind].append((at, export.get("subject") or ""))
    for kind, places in subjects.items():
        for at, certain in overlaps(places).items():
            subject = listed[at].get("subject") or ""
            if certain:
                what = f"the {kind} {subject} is exported already, by itself or by a wider subject"
                review.add(("exports", at), what)
            else:
                what = f"whether {subject} is exported twice would take too long to find out"
                review.add(("exports", at), what, Effect.SOMETIMES)


def _export(review: Review, path: Path, export: Nats) -> None:
    kind, subject = export.get("type"), export.get("subject") or ""
    if kind is None:
        review.add(path, "it does not say its “type”: stream or service")
    if export.get("subject") is None:
        review.add(path, "it does not say which “subject” it exports")
    answer = export.get("response_type") or ""
    if kind == "service" and answer not in RESPONSE_TYPES:
        wanted = f"one of {', '.join(filter(None, RESPONSE_TYPES))}"
        review.wrong((*path, "response_type"), wanted, answer)
    if kind == "stream":
        if answer:
            review.add((*path, "response_type"), "a stream is not answered: this is for services")
        if export.get("allow_trace"):
            review.add((*path, "allow_trace"), "this is for services, and here is a stream")
    latency = export.get("service_latency")
    if latency is not None:
        results = latency.get("results")
        if kind != "service":
            review.add((*path, "service_latency"), "it is measured of services only")
        if results is None or is_wild(results):
            wanted = "a subject without wildcards for the measurements"
            review.wrong((*path, "service_latency", "results"), wanted, results)
    threshold = export.get("response_threshold") or 0
    if threshold < 0:
        review.add((*path, "response_threshold"), "it is negative")
    if threshold > 0 and kind != "service":
        review.add((*path, "response_threshold"), "this is for services only")
    position = export.get("account_token_position") or 0
    if position:
        tokens = subject.split(".")
        if position > len(tokens) or tokens[position - 1] != "*":
            review.add(
                (*path, "account_token_position"),
                f"the token {position} of {subject} is no *: the account's key stands in the "
                "place of one",
            )


def limits(review: Review, nats: Nats) -> None:
    """Compare what there is with what is allowed, and the two ways to give JetStream."""
    given: Nats = nats.get("limits") or {}
    path: Path = ("limits",)
    for name in ("imports", "exports"):
        most, count = given.get(name) or 0, len(nats.get(name) or [])
        if most != UNLIMITED and count > most:
            written = most if name in given else "left out, which means 0"
            review.add(
                (*path, name),
                f"the account has {count:,} {name}, and this limit is {written}",
                instead=UNLIMITED,
            )
    if (given.get("exports") or 0) != UNLIMITED and not given.get("wildcards"):
        subjects = [one.get("subject") or "" for one in entries(nats, "exports")]
        wild = [subject for subject in subjects if is_wild(subject)]
        if wild:
            review.add(
                (*path, "wildcards"),
                f"no export may have wildcards while this is not true, and {wild[0]} has",
                instead=True,
            )
    tiers: Nats = given.get("tiered_limits") or {}
    if "" in tiers:
        review.add((*path, "tiered_limits", ""), "a tier needs a name, such as R1 or R3")
    flat = [name for name in (*JETSTREAM_LIMITS, "max_bytes_required") if given.get(name)]
    if tiers and flat:
        review.add(
            (*path, flat[0]),
            "there are limits of JetStream by tier too, and servers go by the tiers alone",
            Effect.LEFT_OUT,
        )
    if review.about.system_account and has_jetstream(nats):
        name = "tiered_limits" if tiers else flat[0]
        review.add((*path, name), NO_JETSTREAM, Effect.MISTAKEN)


NO_JETSTREAM = (
    "the system account may have no JetStream: a server that offers it does not even start then"
)


def has_jetstream(nats: Nats) -> bool:
    """Whether an account has storage: with tiers, in one of them. What is not typed has none."""
    given = nats.get("limits")
    given = given if isinstance(given, Mapping) else {}
    tiers = given.get("tiered_limits")
    places = list(tiers.values()) if isinstance(tiers, Mapping) and tiers else [given]
    return any(
        isinstance(one, Mapping) and (one.get("mem_storage") or one.get("disk_storage"))
        for one in places
    )


def system_account(review: Review, nats: Nats) -> None:
    """The account that an operator names, where it is known."""
    claims = review.about.claims_of(nats.get("system_account") or "")
    if claims is not None and has_jetstream(claims):
        review.add(("system_account",), NO_JETSTREAM, Effect.MISTAKEN)


def authorization(review: Review, nats: Nats) -> None:
    """A callout: who asks, and which accounts it may use."""
    given: Nats = nats.get("authorization") or {}
    accounts = given.get("allowed_accounts") or []
    path: Path = ("authorization", "allowed_accounts")
    if accounts and not given.get("auth_users"):
        review.add(path, "without “auth_users” there is nobody to use them")
    if EVERYBODY in accounts and len(accounts) > 1:
        review.add(path, f"“{EVERYBODY}” is for all accounts, and stands alone")


def trace(review: Review, nats: Nats) -> None:
    """Judge where traces of messages go."""
    given = nats.get("trace")
    if given is None:
        return
    destination, sampling = given.get("dest"), given.get("sampling") or 0
    if destination is None or is_wild(destination):
        wanted = "a subject without wildcards: traces are published to it"
        review.wrong(("trace", "dest"), wanted, destination)
    if not 0 <= sampling <= 100:
        review.wrong(("trace", "sampling"), "a percentage from 1 to 100", sampling)
