"""Every platform in the registry keeps the contract's small print."""

from __future__ import annotations

import inspect

import pytest

from messaging.base import Platform
from messaging.registry import PLATFORMS


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_says_everything_the_contract_asks(name: str) -> None:
    platform = PLATFORMS[name]
    assert platform.name == name
    assert not inspect.isabstract(platform)
    assert isinstance(platform.can_edit, bool)
    assert isinstance(platform.can_confirm, bool)
    assert platform.text_limit > 0
    for method, _ in inspect.getmembers(Platform, inspect.isfunction):
        ours = inspect.signature(getattr(platform, method)).parameters
        if method != "__init__":
            assert list(ours) == list(inspect.signature(getattr(Platform, method)).parameters), method
