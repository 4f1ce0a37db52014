"""What waits for somebody's word, and saying it, on a served market."""

from typing import Any, TypeVar

from api.client import asking
from api.client.asking import fresh_key, part
from api.client.reading import Reader
from api.wire.approval import Approval, Delegation, DelegationBody, RefuseBody
from api.wire.order import Order
from api.wire.page import Page
from api.wire.policy import Policies, PolicyVersion
from marketplace.domain.page import LIMIT

T = TypeVar("T")


class Decider(Reader):
    """A served market, for whoever decides there."""

    def policy(self) -> Policies:
        """Which orders pass at once and which wait for whom, now and later."""
        return self._read(Policies, "/v1/policy")

    def policy_version(self, version: int) -> PolicyVersion:
        """One version of the policy."""
        return self._read(PolicyVersion, f"/v1/policy/versions/{version}")

    def approvals(
        self, *, team: str = "", state: str = "waiting", after: str = "", limit: int = LIMIT
    ) -> Page[Approval]:
        """A page of what waits for a word: of one's team; for finance of all."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[Approval], "/v1/approvals", **query)

    def approve_order(self, order: str, *, key: str = "", dry_run: bool = False) -> Order:
        """Say yes to an order that waits for one's word."""
        path = f"/v1/orders/{part('order', order)}:approve"
        return self._write(Order, "POST", path, key=key or fresh_key(), dry_run=dry_run)

    def refuse_order(
        self, order: str, reason: str, *, key: str = "", dry_run: bool = False
    ) -> Order:
        """Say no to one, and why."""
        path, body = f"/v1/orders/{part('order', order)}:refuse", RefuseBody(reason=reason)
        return self._write(Order, "POST", path, body, key=key or fresh_key(), dry_run=dry_run)

    def delegations(self, *, after: str = "", limit: int = LIMIT) -> Page[Delegation]:
        """A page of the says that one has lent, the oldest first."""
        return self._read(Page[Delegation], "/v1/delegations", after=after, limit=limit)

    def delegate(self, body: DelegationBody, *, key: str = "") -> Delegation:
        """Lend one's say."""
        return self._write(Delegation, "POST", "/v1/delegations", body, key=key or fresh_key())

    def end_delegation(self, delegation: str, *, key: str = "") -> Delegation:
        """Take it back."""
        path = f"/v1/delegations/{part('delegation', delegation)}"
        return self._write(Delegation, "DELETE", path, key=key or fresh_key())

    def _write(self, shape: type[T], *where: Any, **more: Any) -> T:
        return asking.write(self._line, shape, *where, **more)
