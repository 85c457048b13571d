"""The list of settings is nats-server's own: compared with its source, where that is at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests import gomodules
from wallet.nats.config.names import Block, Form, Setting, every_setting, lowered, settings

# Which of the server's functions reads which block.
READERS = {
    "processConfigFileLine": "",
    "parseCluster": "cluster",
    "parseCompression": "cluster.compression",
    "parseGateway": "gateway",
    "parseGateways": "gateway.gateways",
    "parseJetStreamForAccount": "accounts.*.jetstream",
    "parseJetStreamLimits": "jetstream.limits",
    "parseJetStreamLimitsBatch": "jetstream.limits.batch",
    "parseJetStreamTPM": "jetstream.tpm",
    "parseJetStream": "jetstream",
    "parseLeafNodes": "leafnodes",
    "parseLeafAuthorization": "leafnodes.authorization",
    "parseLeafUsers": "leafnodes.authorization.users",
    "parseRemoteLeafNodes": "leafnodes.remotes",
    "parseAccountMapDest": "mappings.*",
    "parseAccountLimits": "accounts.*.limits",
    "parseAccountMsgTrace": "accounts.*.msg_trace",
    "parseAccounts": "accounts.*",
    "parseAccount": "accounts.*.imports[].stream",
    "parseExportStreamOrService": "accounts.*.exports",
    "parseServiceLatency": "accounts.*.exports[].latency",
    "parseImportStreamOrService": "accounts.*.imports",
    "parseAuthorization": "authorization",
    "parseUsers": "authorization.users",
    "parseAuthCallout": "authorization.auth_callout",
    "parseUserPermissions": "authorization.users[].permissions",
    "parseAllowResponses": "authorization.users[].permissions.allow_responses",
    "parseSubjectPermission": "authorization.users[].permissions.publish",
    "parseTLS": "tls",
    "parseSimpleAuth": "mqtt.authorization",
    "parseWebsocket": "websocket",
    "parseMQTT": "mqtt",
    "parseProxies": "proxies",
    "parseProxiesTrusted": "proxies.trusted",
    "parseOCSPPeer": "tls.ocsp_peer",
    "parseOCSPResponseCache": "ocsp_cache",
}
# Blocks that are read within the function of the block around them.
WITHIN = {
    "": ("ocsp", "resolver"),
    "leafnodes.remotes": (
        "leafnodes.remotes[].proxy",
        "leafnodes.remotes[].jetstream_cluster_migrate",
    ),
    "tls": ("tls.certs",),
}
# What the same functions compare values with.
VALUES = {
    *("CACHE", "FULL", "MEM", "MEMORY", "enabled", "enable", "disabled", "disable"),
    *("system", "owner", "single", "singleton", "chunk", "chunked", "stream"),
    *("true", "false", "on", "off", "auto", "auto_fallback"),
}


def functions() -> Iterator[tuple[str, str]]:
    """The functions of the server that read settings, with their text."""
    server = gomodules.source(gomodules.NATS_SERVER) / "server"
    for name in ("opts.go", "ocsp_peer.go", "ocsp_responsecache.go"):
        text = (server / name).read_text(encoding="utf-8")
        for match in re.finditer(r"^func (?:\([^)]*\) )?(\w+)\(.*?^}", text, re.DOTALL | re.M):
            yield match[1], match[0]


def labels(function: str) -> set[str]:
    found = set[str]()
    for line in re.findall(r"^\s*case (\".*):$", function, re.MULTILINE):
        found |= set(re.findall(r'"(\w+)"', line))
    return found | set(re.findall(r'(?:v|latency|migrateConfig)\["(\w+)"\]', function))


def names(path: str) -> set[str]:
    block = every_setting()[path].inside if path else settings()
    assert block is not None, path
    return {name for setting in block for name in setting.names} - {"*"}


def test_the_names_are_those_of_the_server_s_own_source() -> None:
    read = dict(functions())
    for function, path in READERS.items():
        ours = names(path).union(*(names(within) for within in WITHIN.get(path, ())))
        theirs = labels(read[function])
        assert theirs - VALUES <= ours <= theirs, function


def test_every_function_of_the_server_that_reads_settings_is_compared() -> None:
    others = {name for name, text in functions() if "strings.ToLower(" in text and labels(text)}
    # What is left tells values apart: names of ciphers, kinds of caches.
    assert others - set(READERS) <= {"setJetStreamEkCipher", "parseWriteDeadlinePolicy"}


def setting_at(*names: str) -> Setting | None:
    """The setting that stands there, by the names of the blocks around it and its own.

    Arrays are seen through. None where the server knows none.
    """
    block: Block | None = settings()
    setting = None
    for name in names:
        setting = block.find(name) if block is not None else None
        if setting is None:
            return None
        block = setting.inside
    return setting


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (("root_operator",), "operator"),
        (("TRUSTED",), "trusted_keys"),
        (("leaf", "Remotes", "urls"), "leafnodes.remotes[].url"),
        (("accounts", "System", "users", "pass"), "accounts.*.users[].password"),
        (
            ("leaf", "remotes", "tls", "certs", "key_file"),
            "leafnodes.remotes[].tls.certs[].key_file",
        ),
        (("tls", "certs", "KEY_FILE"), None),
        (("tls", "cert_fİle"), "tls.cert_file"),
        (("websocket", "jwt_coo\u212aie"), "websocket.jwt_cookie"),
        (("System_Account",), None),
        (("trustedkeys",), None),
        (("tls", "cert_file", "more"), None),
    ],
)
def test_a_setting_is_found_by_any_of_its_names(names: tuple[str, ...], path: str | None) -> None:
    found = setting_at(*names)

    assert (found and found.path) == path


def test_names_are_lowered_letter_by_letter() -> None:
    # What strings.ToLower makes of it in Go.
    assert lowered("İ\u212aſΣΣẞK") == "ikſσσßk"


def test_every_setting_that_opens_a_port_or_names_a_secret_says_so() -> None:
    for path, setting in every_setting().items():
        last = path.rpartition(".")[2]
        if last in {"port", "http_port", "https_port", "prof_port"}:
            assert setting.form is Form.PORT, path
        if last in {"password", "token", "srk_password", "encryption_password"}:
            assert setting.form is Form.SECRET, path
        if last in {"url", "urls", "routes"}:
            assert setting.form in {Form.URL, Form.URLS}, path
