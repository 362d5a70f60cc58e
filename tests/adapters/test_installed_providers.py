"""Providers that other packages bring along: found by their entry point, and left out when they are broken."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PROVIDER = '''
from tests.till import Till


class Kiosk(Till):
    """A till by another name."""

    name = "kiosk"
    display_name = "Kiosk"


class Taker(Till):
    """One that takes the name of ours."""

    name = "stripe"
'''

SAYS = "from adapters.registry import PROVIDERS; print(*PROVIDERS, sep=',')"


def install(folder: Path, *points: str) -> None:
    """A package with these entry points, as pip leaves one behind."""
    (folder / "kiosk_package.py").write_text(PROVIDER, "utf-8")
    info = folder / "kiosk-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kiosk\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("\n".join(["[live_assist.providers]", *points]), "utf-8")


def providers(folder: Path) -> tuple[list[str], str]:
    """The providers of a service that is started now, and what it logs."""
    ran = subprocess.run(
        [sys.executable, "-c", SAYS],
        env={"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip().split(","), ran.stderr


def test_an_installed_provider_is_there_after_ours(tmp_path: Path) -> None:
    install(tmp_path, "kiosk = kiosk_package:Kiosk")
    found, said = providers(tmp_path)
    assert found[-1] == "kiosk"
    assert "stripe" in found
    assert said == ""


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ("kiosk = kiosk_package:Nothing", "the provider kiosk_package:Nothing cannot be loaded"),
        ("kiosk = no_such_package:Kiosk", "the provider no_such_package:Kiosk cannot be loaded"),
        ("kiosk = kiosk_package:PROVIDER", "cannot be loaded"),
        ("kiosk = json:dumps", "json:dumps is no payment provider"),
        ("kiosk = kiosk_package:Taker", "there is a provider stripe already; kiosk_package:Taker is left out"),
    ],
)
def test_a_broken_one_stops_nothing(tmp_path: Path, point: str, says: str) -> None:
    install(tmp_path, point)
    found, said = providers(tmp_path)
    assert "kiosk" not in found
    assert "stripe" in found
    assert says in said


def test_a_good_one_beside_a_broken_one_is_found(tmp_path: Path) -> None:
    install(tmp_path, "broken = kiosk_package:Nothing", "kiosk = kiosk_package:Kiosk")
    assert "kiosk" in providers(tmp_path)[0]


def test_the_group_is_the_one_that_is_documented() -> None:
    page = (Path(__file__).parents[2] / "adapters" / "ADDING_A_PROVIDER.md").read_text("utf-8")
    assert importlib.import_module("adapters.registry").GROUP in page
