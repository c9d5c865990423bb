"""What the image is built from."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
ADMITTED = [
    line[1:] for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
]


@pytest.fixture(scope="module")
def in_the_wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a wheel holds that is built from what the image's build may see."""
    context = tmp_path_factory.mktemp("context")
    for pattern in ADMITTED:
        for admitted in ROOT.glob(pattern):
            place = context / admitted.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            if admitted.is_dir():
                shutil.copytree(admitted, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(admitted, place)
    hatchling = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "dist"]
    said = subprocess.run(hatchling, cwd=context, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    (wheel,) = (context / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        return set(packed.namelist())


def test_holds_every_file_of_the_program(in_the_wheel: set[str]) -> None:
    rooms = {path.parent for path in ROOT.glob("*/__init__.py")} - {ROOT / "tests", ROOT / "benchmarks"}
    modules = [path for room in rooms for path in room.rglob("*") if path.suffix in (".py", ".mako", ".html", ".css")]
    policies = list(ROOT.glob("policies/*.yaml"))

    needed = {path.relative_to(ROOT).as_posix() for path in (*modules, *policies, *ROOT.glob("*.py"))}

    assert needed - in_the_wheel == set()


def test_holds_no_tests(in_the_wheel: set[str]) -> None:
    assert not [name for name in in_the_wheel if name.startswith(("tests/", "benchmarks/"))]


def test_installs_only_packages_whose_hash_is_known() -> None:
    text = DOCKERFILE.read_text().replace("\\\n", " ")

    installs = re.findall(r"pip install [^&\n]*", text)

    assert installs
    assert all("--require-hashes" in install or "--no-index" in install for install in installs), installs
    assert "index-url" not in text


def test_builds_with_the_versions_that_were_tested() -> None:
    tested = _versions("dev.txt")

    building = _versions("build.txt")

    assert "hatchling" in building
    assert building.items() <= tested.items()


def test_runs_as_nobody_in_particular() -> None:
    text = DOCKERFILE.read_text()

    last_stage = text.rsplit("FROM ", 1)[1]

    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)


def _versions(name: str) -> dict[str, str]:
    locked = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", locked, re.MULTILINE))
