"""What the wallet brings with it, as a CycloneDX document: `python .ci/sbom.py [DIRECTORY…]`.

It reads what is installed, in this Python or in the given `site-packages`: the wallet, its five
dependencies and theirs. The same installation gives the same bytes; no time, no random number.
A dependency that is for another system stands there with the scope `excluded`.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "nkey-wallet"


def main(places: list[str]) -> None:
    """Print the document."""
    found = distributions(path=places) if places else distributions()
    installed: dict[str, Distribution] = {}
    for each in found:
        installed.setdefault(canonicalize_name(each.metadata["Name"]), each)
    print(json.dumps(document(installed), indent=2, ensure_ascii=False))


def document(installed: dict[str, Distribution]) -> dict[str, object]:
    """The document for what `installed` holds, by name. Source: CycloneDX 1.5, JSON."""
    graph: dict[str, list[str]] = {}
    elsewhere: dict[str, str] = {}
    waiting = [ROOT]
    while waiting:
        name = waiting.pop()
        if name in graph:
            continue
        graph[name] = []
        for text in installed[name].requires or []:
            wanted = Requirement(text)
            needs = canonicalize_name(wanted.name)
            marker = str(wanted.marker or "")
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                graph[name].append(needs)
                waiting.append(needs)
            elif name == ROOT and "extra" not in marker:
                elsewhere[needs] = marker
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(installed[ROOT], "application")},
        "components": [
            *(component(installed[name], "library") for name in sorted(graph) if name != ROOT),
            *(
                {
                    "type": "library",
                    "bom-ref": name,
                    "name": name,
                    "scope": "excluded",
                    "description": f"only where {marker}",
                }
                for name, marker in sorted(elsewhere.items())
                if name not in graph
            ),
        ],
        "dependencies": [
            {"ref": reference(installed[name]), "dependsOn": sorted(map(reference, below))}
            for name, below in sorted(
                (name, [installed[each] for each in needs]) for name, needs in graph.items()
            )
        ],
    }


def component(package: Distribution, kind: str) -> dict[str, object]:
    """One package, by its metadata."""
    name = canonicalize_name(package.metadata["Name"])
    made: dict[str, object] = {
        "type": kind,
        "bom-ref": reference(package),
        "name": name,
        "version": package.version,
        "purl": reference(package),
    }
    if kind == "library":
        made["scope"] = "required"
    if expression := package.metadata.get("License-Expression"):
        made["licenses"] = [{"expression": expression}]
    elif (license_ := package.metadata.get("License")) and len(license_) < 80:
        made["licenses"] = [{"license": {"name": license_}}]
    return made


def reference(package: Distribution) -> str:
    """A package URL, which names a kind of package and no address."""
    return f"pkg:pypi/{canonicalize_name(package.metadata['Name'])}@{package.version}"


if __name__ == "__main__":
    main(sys.argv[1:])
