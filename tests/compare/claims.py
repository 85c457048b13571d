"""Claims of accounts, users and operators, varied over all their fields, and past them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.jwts import signed
from wallet.nats.nkeys import Kind, Seed

Json = Any

NOW = 1_795_000_000  # what activations are issued at
SUBJECTS = ["a", "b.c", "orders.*", "orders.>", "*", ">", "a.*.b", "a.b.*", "$JS.API.>", "a-b_c.ü"]
ODD_SUBJECTS = ["", "a b", "a..b", ".a", "a.", "a.>.b", "a\tb", " ", "a.*b", "{{name()}}", "a. .b"]
JUNK: list[Json] = [None, True, 0, 1, -1, -5, 1.5, 2**40, 2**63, "", "x", [], {}, [None], {"a": 1}]
URLS = [
    *("https://example.com", "http://h:80/p?q#f", "ftp://h", "//h", "h", "https://", "https://:80"),
    *("http://[::1]:8222", "http://[::1", "http://a b", "http://h%zz", "http://u:p@h", "mailto:x"),
    *("nats://h:4222", "tls://h", "nats://h:4222/x", "nats://u@h", ":x", "a:b:c", "nats://h:x"),
    *(
        "nats://a:1,b:2",
        "http://a:1,b:2",
        "*",
        "x/y:z",
        "x:y/z",
        "\u007f",
        "http://h\n",
        "NATS://h",
    ),
]


@dataclass(frozen=True)
class Keys:
    """The keys of one comparison."""

    operator: Seed
    account: Seed
    exporter: Seed
    signer: Seed
    user: Seed

    @classmethod
    def made(cls) -> Keys:
        kinds = (Kind.OPERATOR, Kind.ACCOUNT, Kind.ACCOUNT, Kind.ACCOUNT, Kind.USER)
        return cls(*map(Seed.generate, kinds))


class Maker:
    """Makes claims at random, always the same ones for a number."""

    def __init__(self, keys: Keys, random: Random) -> None:
        self.keys, self.random = keys, random

    def some(self, *values: Json) -> Json:
        return self.random.choice(values)

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def subject(self) -> str:
        if self.chance(0.03):
            return str(self.random.choice(ODD_SUBJECTS))
        start = str(self.random.choice(SUBJECTS))
        whole = start.endswith(">") or self.chance(0.3)
        return start if whole else f"{start}.{self.random.randrange(30)}"

    def some_of(self, **fields: Any) -> dict[str, Json]:
        """Some of these fields, made when they are wanted."""
        return {name: make() for name, make in fields.items() if self.chance(0.35)}

    def many(self, make: Any, most: int = 4) -> list[Json]:
        return [make() for _ in range(self.random.randrange(most))]

    # --- parts --------------------------------------------------------------------------

    def rule(self) -> Json:
        return self.some_of(
            allow=lambda: self.many(self.subject), deny=lambda: self.many(self.subject)
        )

    def permissions(self) -> dict[str, Json]:
        return self.some_of(
            pub=self.rule,
            sub=self.rule,
            resp=lambda: {"max": self.some(0, 1, -1), "ttl": self.some(0, 10**9)},
        )

    def user(self) -> dict[str, Json]:
        made = {name: self.some(-1, 0, 5, 100) for name in ("subs", "data", "payload")}
        return {
            **made,
            **self.permissions(),
            **self.some_of(
                src=lambda: self.many(
                    lambda: (
                        self.some("10.0.0.0/8", "127.0.0.0/8", "::1/128", "1.2.3.4", "x/8")
                        if self.chance(0.2)
                        else "127.0.0.1/8"
                    )
                ),
                times=lambda: self.many(
                    lambda: {
                        "start": self.some("00:00:00", "8:00:00", "08:00:00.5", "25:00:00", "")
                        if self.chance(0.2)
                        else "00:00:00",
                        "end": "23:59:59",
                    }
                ),
                times_location=lambda: (
                    self.some("UTC", "Europe/Berlin", "Local", "", "Nowhere/X")
                    if self.chance(0.3)
                    else "UTC"
                ),
                bearer_token=lambda: self.some(True, False),
                allowed_connection_types=lambda: self.many(
                    lambda: self.some("STANDARD", "standard", "MQTT", "WEBSOCKET")
                ),
                tags=lambda: self.many(lambda: self.some("a:b", "x", "Ü")),
            ),
        }

    def limits(self) -> dict[str, Json]:
        names = ("subs", "data", "payload", "imports", "exports", "conn", "leaf")
        made: dict[str, Json] = dict.fromkeys(names, -1)
        made["wildcards"] = not self.chance(0.1)
        if self.chance(0.2):
            made[self.random.choice(names)] = self.some(0, 1, 2, 100)
        if self.chance(0.2):
            made |= {"mem_storage": self.some(0, -1, 1 << 20), "disk_storage": -1, "streams": 3}
        if self.chance(0.1):
            made["tiered_limits"] = {self.some("R1", "R3", ""): {"disk_storage": self.some(-1, 0)}}
        return made

    def export(self) -> dict[str, Json]:
        kind = self.some("stream", "service")
        subject = self.subject()
        service = kind == "service" or self.chance(0.1)
        made = {"name": "x", "subject": subject, "type": kind}
        if self.chance(0.2):
            tokens = subject.split(".")
            stars = [at + 1 for at, token in enumerate(tokens) if token == "*"]
            made["account_token_position"] = self.some(*(stars or [0]), self.some(0, 1, 5))
        if service:
            made |= self.some_of(
                response_type=lambda: (
                    self.some("Singleton", "Stream", "Chunked", "", "Bogus")
                    if self.chance(0.3)
                    else "Stream"
                ),
                response_threshold=lambda: self.some(0, 10**9, -1),
                service_latency=lambda: {
                    "sampling": self.some(100, 1, 0, "headers", "Headers", 101, -1, "x")
                    if self.chance(0.3)
                    else 50,
                    "results": self.some("lat", "lat.x", "lat.*", "")
                    if self.chance(0.2)
                    else "lat",
                },
                allow_trace=lambda: True,
            )
        return {
            **made,
            **self.some_of(
                token_req=lambda: self.some(True, False),
                advertise=lambda: True,
                description=lambda: self.some("x", "y" * 9000) if self.chance(0.1) else "x",
                info_url=lambda: self.random.choice(URLS) if self.chance(0.3) else URLS[0],
                revocations=lambda: {self.keys.account.public.text: self.some(0, 5)},
            ),
        }

    def import_(self) -> dict[str, Json]:
        kind, subject = self.some("stream", "service"), self.subject()
        made: dict[str, Json] = {
            "name": "i",
            "subject": subject,
            "account": self.keys.exporter.public.text,
            "type": kind,
        }
        if self.chance(0.3):
            stars = iter(range(1, 9))
            local = "l." + ".".join(
                f"${next(stars)}" if token == "*" and self.chance(0.7) else token
                for token in subject.split(".")
            )
            odd = self.some(f"{local}.x", "l.$1", "l.$9.$2", "l.>", "l", "a b", "$1", "l.$-1")
            made["local_subject"] = odd if self.chance(0.2) else local
        if self.chance(0.05):
            made["to"] = self.subject()
        if self.chance(0.1):
            made["share" if kind == "service" or self.chance(0.1) else "allow_trace"] = True
        if self.chance(0.4):
            made["token"] = self.activation(kind, subject)
        return made

    def activation(self, kind: str, subject: str) -> str:
        keys = self.keys
        odd = self.chance(0.4)
        nats: dict[str, Json] = {
            "subject": self.some(subject, ">", "zzz") if odd else subject,
            "kind": self.some(kind, "stream", "service") if odd else kind,
            "type": "activation",
            "version": 2,
        }
        signer = self.some(keys.exporter, keys.signer, keys.operator) if odd else keys.exporter
        if signer is not keys.exporter or self.chance(0.1):
            nats["issuer_account"] = self.some(
                keys.exporter.public.text, keys.account.public.text, "junk"
            )
        subject_key = self.some(keys.account, keys.exporter) if odd else keys.account
        token = signed(
            signer,
            {
                "sub": subject_key.public.text,
                "iat": NOW,
                "nats": nats,
                **self.some_of(exp=lambda: self.some(NOW - 5, NOW + 10**8)),
            },
        )
        return token[:-5] if self.chance(0.03) else token

    def account(self) -> dict[str, Json]:
        keys = self.keys
        signer = keys.signer.public.text
        scope = {
            "kind": "user_scope",
            "key": signer,
            "role": "r",
            "template": self.user() if self.chance(0.3) else {},
            "description": "",
        }
        return {
            "limits": self.limits(),
            **self.some_of(
                imports=lambda: self.many(self.import_),
                exports=lambda: self.many(self.export),
                signing_keys=lambda: [self.some(signer, scope, scope)],
                revocations=lambda: {self.some("*", keys.user.public.text): self.some(0, 5)},
                default_permissions=self.permissions,
                mappings=lambda: {
                    self.subject(): self.many(
                        lambda: {
                            "subject": self.subject(),
                            **self.some_of(
                                weight=lambda: (
                                    self.some(0, 10, 50, 100, 101, 255, 256)
                                    if self.chance(0.3)
                                    else 20
                                ),
                                cluster=lambda: self.some("", "east", "west"),
                            ),
                        }
                    )
                    for _ in range(self.random.randrange(3))
                },
                authorization=lambda: (
                    self.some_of(
                        auth_users=lambda: self.many(lambda: keys.user.public.text, 3),
                        allowed_accounts=lambda: self.many(lambda: self.some("*", signer), 3),
                        xkey=lambda: self.some("", signer),
                    )
                    if self.chance(0.4)
                    else {}
                ),
                trace=lambda: (
                    self.some_of(
                        dest=lambda: self.some("traces", "traces.x", "traces.>", "*"),
                        sampling=lambda: self.some(0, 1, 100, 101, -1),
                    )
                    | ({"dest": "traces"} if self.chance(0.6) else {})
                ),
                cluster_traffic=lambda: (
                    self.some("", "system", "owner", "nobody") if self.chance(0.4) else "owner"
                ),
                description=lambda: "d",
                info_url=lambda: self.random.choice(URLS) if self.chance(0.5) else URLS[0],
                tags=lambda: ["a:b"],
            ),
        }

    def operator(self) -> dict[str, Json]:
        return self.some_of(
            signing_keys=lambda: self.many(
                lambda: (
                    self.some(self.keys.operator.public.text, self.keys.user.public.text)
                    if self.chance(0.2)
                    else self.keys.operator.public.text
                ),
                2,
            ),
            account_server_url=lambda: self.random.choice(URLS),
            operator_service_urls=lambda: self.many(lambda: self.random.choice(URLS), 2),
            system_account=lambda: self.keys.account.public.text,
            assert_server_version=lambda: self.some(
                "2.9.0", "", "2.9", "x.y.z", "+2.+1.0", "2.-1.0"
            ),
            strict_signing_key_usage=lambda: self.some(True, False),
            tags=lambda: ["x"],
        )

    # --- past what is right -------------------------------------------------------------

    def spoiled(self, nats: dict[str, Json]) -> dict[str, Json]:
        """The same with one value, anywhere in it, that is of another kind, missing or twice."""
        spoiled = copy.deepcopy(nats)
        places = list(_places(spoiled))
        if not places:
            return spoiled
        holder, at = self.random.choice(places)
        what = self.random.randrange(4)
        if what == 0:
            del holder[at]
        elif what == 1 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[at]))
        else:
            holder[at] = copy.deepcopy(self.random.choice(JUNK))
        return spoiled


def _places(value: Json) -> Any:
    items = (
        list(value.items()) if isinstance(value, dict)
        else list(enumerate(value)) if isinstance(value, list) else []
    )  # fmt: skip
    for at, inner in items:
        yield value, at
        yield from _places(inner)
