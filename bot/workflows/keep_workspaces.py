"""Keeps workspaces: one seller's business each, with the plan that says what it may connect and the platform's fee."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from bot.domain.offers import PLANS
from bot.kit.errors import BadInput
from storage import integrations, workspaces

LONGEST_NAME = 100
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%?", re.ASCII)


def add_workspace(tx: sa.Connection, name: str, plan: str, now: datetime) -> str:
    """Make one more; says which number it has. Raises BadInput."""
    line = _the_name(name)
    made = workspaces.add(tx, name=line, plan=_the_plan(plan), now=now)
    return f"Workspace {made}: {line}, {plan}. Give it an operator with: live-assist pair --workspace {made}"


def list_workspaces(tx: sa.Connection) -> list[str]:
    """A line for each, oldest first."""
    return [_line(tx, one) for one in workspaces.everyone(tx)]


def set_plan(tx: sa.Connection, workspace_id: int, plan: str) -> str:
    """Give it another plan; what is connected stays so, and what is too much for the plan bills nothing new."""
    _check(tx, workspace_id)
    workspaces.set_plan(tx, workspace_id, _the_plan(plan))
    return _line(tx, workspaces.get(tx, workspace_id))


def set_fee(tx: sa.Connection, workspace_id: int, percent: str) -> str:
    """The platform's share of what is paid from now on through an account under its own; what is billed keeps its."""
    _check(tx, workspace_id)
    workspaces.set_fee(tx, workspace_id, _basis_points(percent))
    return _line(tx, workspaces.get(tx, workspace_id))


def rename_workspace(tx: sa.Connection, workspace_id: int, name: str) -> str:
    """Call it something else: buyers read the name above what they pay. Raises BadInput."""
    _check(tx, workspace_id)
    workspaces.rename(tx, workspace_id, _the_name(name))
    return _line(tx, workspaces.get(tx, workspace_id))


def _check(tx: sa.Connection, workspace_id: int) -> None:
    if not workspaces.exists(tx, workspace_id):
        raise BadInput(f"there is no workspace {workspace_id}: live-assist workspace list shows those there are")


def _line(tx: sa.Connection, one: workspaces.Workspace) -> str:
    connected = ", ".join(each.provider for each in integrations.usable(tx, one.id))
    fee = f"  fee {one.fee_basis_points / 100:g}%" if one.fee_basis_points else ""
    return f"{one.id}  {one.name}  {one.plan}  {connected or 'nothing connected'}{fee}"


def _basis_points(percent: str) -> int:
    """Hundredths of a percent."""
    said = _PERCENT.fullmatch(percent)
    points = int(said[1]) * 100 + int((said[2] or "").ljust(2, "0")) if said else -1
    if not 0 <= points <= 10_000:
        raise BadInput("a fee is a percentage from 0 to 100, like 2.5 or 2.75")
    return points


def _the_name(name: str) -> str:
    line = " ".join(name.split())
    if not line or len(line) > LONGEST_NAME or not line.isprintable():
        raise BadInput(f"a workspace has a name of 1 to {LONGEST_NAME} characters")
    return line


def _the_plan(plan: str) -> str:
    if plan not in PLANS:
        raise BadInput(f"a plan is one of {', '.join(PLANS)}")
    return plan
