"""Actions and shell commands in a text, said as the keys to press that a person chose.

A text names an action of the app as `‹revoke›`, by its name in `wallet/app/actions.py`. In the app
nobody wants another window for a command.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from functools import partial
from itertools import pairwise, takewhile

from textual.binding import Binding
from textual.content import Content

from wallet.app.host import Host
from wallet.errors import WalletError
from wallet.shell import Advice
from wallet.when import here_too

_COMMAND = re.compile(
    r"`?nkey-wallet (?:(?<=\(nkey-wallet )([^`\n;()]*)(?=\))"  # all that stands in brackets
    r"|([^`\n;]*?)(?:`|(?=[;\n]|, |\. |\.?$)))",
    re.MULTILINE,
)
# A way here, and a flag of the command line.
_IN_BOTH = re.compile(r"\(([^()]+) in the app, [^()]*--[^()]*\)")
_ACTION = re.compile(r"‹(\w+)›")
# A command's verb, or verb and flag, or these and its value: the action that does it in the app,
# and what that does.
_DONE_BY = {
    "rotate --finish": ("rotate", "on {key} takes the old one out"),
    "rotate --importers": ("rotate", "on {key} lets importers over"),
    "rotate --on-my-word": ("rotate", "on {key}, and there your word"),
    "rotate --undo": ("rotate", "on {key} undoes it"),
    "rotate": ("rotate", "on {key} rotates it"),
    "edit": ("claims", "on {key} changes it"),
    "allow": ("revoke", "lets {key} in again"),
    "revoke": ("revoke", "shuts {key} out"),
    "push": ("push", "on {key} pushes it"),
    "export": ("export", "on {key} writes it"),
    "config": ("export", "on {key} writes it"),
    "config --for server": ("copy_as", "on {key} copies it"),
    "creds": ("export", "on {key} writes them"),
    "jwt": ("copy_as", "on {key} copies it"),
    "test": ("test", "on {key} tests it"),
    "exports": ("share", "on {key} changes it"),
    "imports": ("share", "on {key} changes it"),
    "mappings": ("share", "on {key} changes it"),
    "retire": ("retire", "on {key} retires it, or lets it be used again"),
    "delete": ("delete", "deletes {key}"),
    "rename": ("rename", "renames {key}"),
    "move": ("move", "moves {key}"),
    "new": ("new", "makes it"),
    "import": ("import", "brings it in"),
    "recovery": ("vault", "leads to it"),
    "passphrase": ("vault", "leads to it"),
    "backup": ("vault", "leads to it"),
    "backups": ("vault", "leads to them"),
    "restore": ("vault", "leads to it"),
    "merge": ("vault", "leads to it"),
}
Note = Callable[[str, str], None]
_EACH = {"push", "export"}  # act on each key that they name; of others the first is the one
_FIELDS = {"--expires": "Expires", "--not-before": "Not before"}
_TOKEN = re.compile(r"eyJ[\w-]{20,}(?:\.[\w-]{20,}){1,2}")


def in_keys(app: Host, text: str, note: Note | None = None) -> str:
    """Say each command of a text by the key that does the same; one without a key stays.

    Times in UTC get this machine's own beside them. `note` takes each action of a command of the
    wallet's own (`Advice`), and the key of the vault that it is for as the text names it; nothing
    for the selected one. Of a command that is only quoted it takes none.
    """
    if not isinstance(text, Advice):
        return _quoted_in_keys(app, text)
    key_of, name_of = partial(_key_of, app), partial(_name_of, app)
    quoted, own = text.pieces
    text_in_keys = _quoted_in_keys(app, quoted[0])
    for command, after in zip(own, quoted[1:], strict=True):
        around = text_in_keys[-1:] + after[:1]
        if action := _ACTION.fullmatch(command):
            key = key_of(action[1])
            if key and note is not None:
                note(action[1], "")
            text_in_keys += (key or action[1]) + _quoted_in_keys(app, after)
            continue
        words = command.partition(" ")[2]
        key = _key_for(key_of, name_of, note, words, within=around in {"``", "()"})
        if key and around == "``":
            text_in_keys, after = text_in_keys[:-1], after[1:]
        text_in_keys += (key or command) + _quoted_in_keys(app, after)
    return text_in_keys


def _quoted_in_keys(app: Host, text: str) -> str:
    key_of = partial(_key_of, app)
    text = _ACTION.sub(lambda action: key_of(action[1]) or action[1], text)
    text = here_too(_IN_BOTH.sub(r"(\1)", text))
    if "nkey-wallet" not in text:
        return text
    return _COMMAND.sub(partial(_in_key, key_of, partial(_name_of, app)), text)


def with_keys(app: Host, content: Content) -> Content:
    """Put the key of each action that a content names in its place, bold."""
    pieces, at = [], 0
    for action in _ACTION.finditer(content.plain):
        key = Content.styled(_key_of(app, action[1]) or action[1], "bold")
        pieces += [content[at : action.start()], key]
        at = action.end()
    return Content("").join([*pieces, content[at:]])


def folded(text: str) -> str:
    """Leave of each JWT in a text its beginning, and say how long it is."""
    return _TOKEN.sub(lambda token: f"{token[0][:16]}… ({len(token[0]):,} characters)", text)


def _in_key(
    key_of: Callable[[str], str],
    name_of: Callable[[str], str],
    command: re.Match[str],
) -> str:
    # In the midst of a sentence, which says what it does.
    within = bool(command[1]) or command[0].startswith("`")
    words = command[1] or command[2]
    return _key_for(key_of, name_of, None, words, within=within) or command[0]


def _key_for(
    key_of: Callable[[str], str],
    name_of: Callable[[str], str],
    note: Note | None,
    words: str,
    *,
    within: bool,
) -> str:
    """Say a command's words by the key that does the same; empty where none does."""
    try:
        verb, *arguments = shlex.split(words)
    except ValueError:
        return ""
    valued = (f"{verb} {flag} {value}" for flag, value in pairwise(arguments))
    flagged = (f"{verb} {flag}" for flag in reversed(arguments))
    known = (one for one in (*valued, *flagged) if one in _DONE_BY)
    action, does = _DONE_BY.get(next(known, verb), ("", ""))
    key = key_of(action)
    if not key:
        return ""
    named = list(takewhile(lambda word: not word.startswith("-"), arguments))
    if (verb, action) == ("config", "copy_as") and not _one_list(named, arguments):
        return ""
    if note is not None:
        note(action, named[0] if named else "")
    about = ", then on ".join(name_of(one) for one in named[: None if verb in _EACH else 1])
    if within:
        return f"{key} on {about}" if about else key
    if to_type := _to_type(arguments):
        return f"{key} on {about or 'it'}: {to_type}"
    return f"{key} {does.format(key=about or 'it')}"


def _one_list(named: list[str], arguments: list[str]) -> bool:
    """Whether a list of keys is of one key, to a clipboard: the app has no other."""
    return len(named) == 1 and not {"--accounts", ">"}.intersection(arguments)


def _to_type(arguments: list[str]) -> str:
    """The texts to type and their fields, as far as a command says them."""
    pairs = pairwise(arguments)
    words = [f"{value} in {_FIELDS[flag]}" for flag, value in pairs if flag in _FIELDS]
    return f"type {', '.join(words)}" if words else ""


def binding_of(app: Host, action: str) -> Binding | None:
    """The key of an action of the main screen; None where it is not open."""
    for screen in app.screen_stack:
        for _, binding in screen._bindings:
            if action and binding.id == f"main.{action}":
                return binding
    return None


def _key_of(app: Host, action: str) -> str:
    binding = binding_of(app, action)
    return "" if binding is None else app.shown_key(binding)


def _name_of(app: Host, about: str) -> str:
    """The path of a key that a command names by its public key; else the name as it stands."""
    if app.vault is None:
        return about
    try:
        record = app.vault.records.by_public(about)
    except WalletError:
        return about
    return record.path if record else about
