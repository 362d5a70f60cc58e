"""Every query carries its workspace: shown over every function of storage, not hoped for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import FunctionType

import pytest

import storage

PLUMBING = {"storage.database", "storage.tables", "storage.rows", "storage.crypto"}
ACROSS = {
    # They find out which workspace it is:
    "storage.tokens.bearer": "the token names its workspace",
    "storage.workspaces.ensure_first": "makes the first workspace",
    "storage.workspaces.first": "is the first workspace",
    "storage.workspaces.add": "makes a workspace",
    "storage.workspaces.everyone": "the owner of the install asks",
    "storage.workspaces.by_uid": "finds the workspace of a provider's event",
    "storage.invoices.owner": "finds the workspace of a provider's event",
    "storage.connected_accounts.owners": "finds the workspaces of a provider's event",
    "storage.workspaces.exists": "the platform names a workspace by its id",
    "storage.integrations.by_account": "finds the workspaces of a provider's event",
    "storage.oauth_states.use": "the state names its workspace",
    "storage.checkouts.owner": "finds the workspace of a provider's event",
    "storage.invoices.by_pay_token": "the buyer's link names its workspace",
    # The sweep works for everybody; each row it returns names its workspace:
    "storage.deliveries.queued": "the sweep",
    "storage.inbox.waiting": "the sweep",
    "storage.invoices.unplaced": "the sweep",
    "storage.invoices.with_a_released_claim": "the sweep",
    "storage.refunds.unasked": "the sweep",
    "storage.refunds.on_their_way": "asking providers",
    "storage.payments.unlearned": "asking providers",
    "storage.invoices.off_balance": "the sweep",
    "storage.holds.due_shows": "the clock",
    "storage.first_paid.yielding": "the clock",
    "storage.holds.unreminded": "the clock",
    "storage.invoices.to_ask": "asking providers",
    "storage.checkouts.to_ask": "asking providers",
    "storage.integrations.connected": "asking providers",
    "storage.stock_links.due": "the clock",
    "storage.runs.unfinished": "the sweep",
    "storage.events.prune": "the sweep",
    "storage.integration_logs.prune": "the clock",
    "storage.oauth_states.prune": "the clock",
    "storage.paces.prune": "limits are at providers, whoever calls them",
    "storage.events.write_down": "each thing noted names its workspace",
}


def functions() -> Iterator[tuple[str, FunctionType]]:
    for module_info in pkgutil.iter_modules(storage.__path__, "storage."):
        if module_info.name in PLUMBING or module_info.ispkg:
            continue
        module = importlib.import_module(module_info.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            ours = function.__module__ == module.__name__ and not name.startswith("_")
            if ours and "tx" in inspect.signature(function).parameters:
                yield f"{module.__name__}.{name}", function


@pytest.mark.parametrize(("name", "function"), list(functions()))
def test_a_storage_function_takes_its_workspace_and_uses_it(name: str, function: FunctionType) -> None:
    if name in ACROSS:
        return
    assert "workspace_id" in inspect.signature(function).parameters, f"{name} does not say for whom it works"
    body = inspect.getsource(function).split('"""')[-1]
    assert "workspace_id" in body, f"{name} takes a workspace and forgets it"


def test_the_exceptions_exist() -> None:
    assert set(ACROSS) <= {name for name, _ in functions()}
