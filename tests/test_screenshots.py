"""The pictures of the README show the app as it is today, and the film is a film."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "screenshots"


def words(picture: Path) -> set[str]:
    """The words on a picture, those that differ from run to run left out: keys and numbers.

    Of a film its last picture counts: at which moment those before it were taken is the machine's.
    """
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(picture).getroot()
    frames = [
        group for group in root.findall(f"{svg}g") if (group.get("class") or "")[1:].isdigit()
    ]
    texts = (frames[-1] if frames else root).iter(f"{svg}text")
    return {
        word
        for text in texts
        for word in (text.text or "").replace("\N{NO-BREAK SPACE}", " ").split()
        if len(word) > 2 and word.isalpha() and word.islower()
    }


# Drawn by tests/bench from what it measured, which is another time the machine's.
MEASURED = {"growth.svg"}


@pytest.mark.slow
@pytest.mark.skipif(not PICTURES.is_dir(), reason="a checkout, not an installed wallet")
def test_the_pictures_are_those_that_the_app_would_give_today(tmp_path: Path) -> None:
    program = [sys.executable, str(PICTURES / "make.py"), str(tmp_path)]
    subprocess.run(program, check=True, cwd=ROOT, timeout=200, capture_output=True)
    anew = {picture.name for picture in tmp_path.iterdir()}
    assert anew == {picture.name for picture in PICTURES.glob("*.svg")} - MEASURED
    for name in sorted(anew):
        unlike = words(PICTURES / name) ^ words(tmp_path / name)
        assert not unlike, f"{name} is of old: python screenshots/make.py ({unlike})"


def test_the_readme_shows_every_picture() -> None:
    shown = set(re.findall(r"\]\(screenshots/([^)]+)\)", (ROOT / "README.md").read_text("utf-8")))
    assert shown == {picture.name for picture in PICTURES.glob("*.svg")}


def test_the_film_shows_one_picture_at_a_time() -> None:
    text = (PICTURES / "main-job.svg").read_text(encoding="utf-8")
    rules = re.findall(
        r"@keyframes f(\d+)\{0%\{visibility:hidden\}([\d.]+)%\{visibility:visible\}([\d.]+)%", text
    )
    parts = [(float(first), float(end)) for _, first, end in rules]
    assert len(parts) >= 8
    assert parts[0][0] == 0
    assert parts[-1][1] == 100
    assert all(end == first for (_, end), (first, _) in pairwise(parts))
    assert "http" not in text.replace("http://www.w3.org/", "")
