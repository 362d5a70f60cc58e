"""The disk is full, for a while: comments are refused and come again, and the work goes on by itself afterwards."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.crowd import EXPECTED, Crowd
from tests.faults.evenings import an_invoice_run, invoices_in_vain
from tests.faults.processes import Replica, a_served_shop
from tests.faults.verdict import decided_once


@contextmanager
def full_disk(service: Replica) -> Iterator[None]:
    """No file of this process can grow or be written: for SQLite that is what a full disk is."""
    _, most = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (1, most))
    try:
        yield
    finally:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (most, most))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    here = tmp_path / "disk"
    here.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", here], capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    yield here
    subprocess.run(["umount", here], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Somebody else has taken all the room there was."""
    taken = disk / "film.mp4"
    with taken.open("wb", buffering=0) as film, suppress(OSError):
        while True:
            film.write(bytes(4096))
    try:
        yield
    finally:
        taken.unlink()


async def test_comments_during_a_full_disk_are_decided_once_it_has_room(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            await crowd.is_heard()
            with full_disk(shop.service):
                await crowd.is_refused()
                acknowledged = crowd.acknowledged
                assert shop.service.lives
            await crowd.is_heard()
        assert crowd.acknowledged > acknowledged
        assert set(crowd.statuses) <= EXPECTED
        assert shop.service.lives
        assert await shop.service.is_ready()
        decided_once(shop, crowd.comments, quantity=30)


async def test_comments_and_invoices_on_a_disk_that_somebody_else_has_filled_go_on_when_it_has_room(
    small_disk: Path,
) -> None:
    async with a_served_shop(small_disk) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            await crowd.is_heard()
            with filled(small_disk):
                await crowd.is_refused()
            await crowd.is_heard()
        assert set(crowd.statuses) <= EXPECTED
        assert await shop.service.is_ready()
        decided_once(shop, crowd.comments, quantity=30)


async def test_an_invoice_run_that_meets_a_full_disk_goes_on_by_itself_when_there_is_room(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop, an_invoice_run(shop):
        with full_disk(shop.service):
            await invoices_in_vain(shop)
