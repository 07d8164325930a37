"""Admits requests, and reserves tokens before they are used.

Whatever a request may use is reserved first: its input, then slices of output while the reply
streams. All processes change the same counters in transactions that lock the code, so any number of
concurrent requests stays within the limits. At the end the reservation is replaced by the usage.

A node that dies leaves its requests behind. The others see that its lease has expired, record what
the requests had used, and release the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui_chat.core.cost.price import FREE, Price
from tui_chat.gateway.store.budgets import UNLIMITED, Budget, affordable_output
from tui_chat.gateway.store.code_table import as_text

if TYPE_CHECKING:
    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.store.transactions import Transaction, Transactions

SLICE_TOKENS: Final = 256
"""Output tokens that are reserved at a time."""
LEASE_S: Final = 15.0
"""A node that has not renewed its lease for this long counts as dead."""
_MINUTE_S: Final = 60.0
_LOST: Final = "lost"


class LimitReached(Exception):
    """A limit of a code does not allow a request.

    Attributes:
        limit: Name of the limit, such as “tokens_per_day”.
        retry_after_s: Time until it allows requests again.
    """

    def __init__(self, limit: str, retry_after_s: float) -> None:
        super().__init__(limit)
        self.limit = limit
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that is running."""

    request_id: str
    code: AccessCode
    at: datetime
    price: Price = FREE
    profile: str = ""
    model: str = ""

    def named(self, profile: str, model: str, price: Price = FREE) -> Admission:
        """Return the admission with the profile and model that the body asks for."""
        return replace(self, profile=profile, model=model, price=price)


@dataclass(frozen=True, slots=True)
class Grant:
    """Reserved output."""

    output_tokens: int
    """All output tokens reserved so far."""
    most_output: int
    """The output tokens that all limits would allow now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Usage and end of a request, for the ledger."""

    input_tokens: int
    output_tokens: int
    is_estimated: bool
    """True if the endpoint did not report the usage, so that it was estimated from the texts."""
    status: int
    """HTTP status of the response."""
    ended: str
    """complete, refused, left (by the client), failed, stopped (with the gateway or its code),
    limit (a limit was reached in mid-stream), lost (with the node)."""
    duration_ms: int


class Reservations:
    """The running requests of one node."""

    def __init__(self, transactions: Transactions, node_id: str) -> None:
        """Create the reservations of a node.

        Args:
            transactions: The database.
            node_id: A new identifier for each start of a process.
        """
        self._transactions = transactions
        self.node_id = node_id

    def admit(self, request_id: str, code: AccessCode, concurrent_requests: int) -> Admission:
        """Count a request against the rate, before its body is read.

        Args:
            request_id: Identifies the request.
            code: Its access code.
            concurrent_requests: The most running requests of the code.

        Raises:
            LimitReached: The rate, or the number of running requests.
            StorageError: The database cannot be written.
        """
        with self._transactions.begin() as transaction:
            transaction.lock_code(code.id)
            now = transaction.now()
            self._check_rate(transaction, code, now)
            running = transaction.execute(
                "SELECT count(*) FROM requests WHERE code_id = ?", (code.id,)
            )[0][0]
            if running >= concurrent_requests:
                raise LimitReached("concurrent_requests", 1.0)
            admission = Admission(request_id, code, datetime.fromtimestamp(now, UTC))
            transaction.execute(
                "INSERT INTO requests (request_id, code_id, node_id, at) VALUES (?, ?, ?, ?)",
                (request_id, code.id, self.node_id, as_text(admission.at)),
            )
        return admission

    def reserve(self, admission: Admission, input_tokens: int, output_tokens: int) -> Grant:
        """Reserve the input of a request and its first output.

        Args:
            admission: The request.
            input_tokens: Estimate of everything that is sent.
            output_tokens: The wanted output; less is reserved if less is left.

        Raises:
            LimitReached: Too few tokens or too little money is left.
            StorageError: The database cannot be written.
        """
        code = admission.code
        with self._transactions.begin() as transaction:
            granted, most = output_tokens, UNLIMITED
            if code.limits.has_budget:
                transaction.lock_code(code.id)
                budget = Budget(transaction, code, admission.at)
                room = budget.room()
                most = room.output_after(input_tokens, admission.price)
                if most < 1:
                    wait_s = room.resets_at.timestamp() - transaction.now()
                    raise LimitReached(room.limit, max(1.0, wait_s))
                granted = min(output_tokens, most)
                budget.add(input_tokens + granted, admission.price.cost(input_tokens, granted))
            kept = granted if code.limits.has_budget else 0
            transaction.execute(
                "UPDATE requests SET profile = ?, model = ?, input_tokens = ?,"
                " reserved_output = ?, reserved_cost = ? WHERE request_id = ?",
                (
                    admission.profile,
                    admission.model,
                    input_tokens,
                    kept,
                    admission.price.cost(input_tokens, kept),
                    admission.request_id,
                ),
            )
        return Grant(granted, most)

    def extend(self, admission: Admission, granted: int, used: int, more: int) -> Grant:
        """Reserve more output for a running reply.

        Args:
            admission: The request.
            granted: Output tokens reserved so far.
            used: Output tokens used so far.
            more: Further output tokens wanted.

        Returns:
            The new grant, equal to the old one if nothing is left, or if the node's lease had
            expired and the request was settled without it.

        Raises:
            StorageError: The database cannot be written.
        """
        code, price = admission.code, admission.price
        with self._transactions.begin() as transaction:
            transaction.lock_code(code.id)
            row = _request_row(transaction, admission.request_id)
            if row is None:
                return Grant(granted, 0)
            input_tokens, reserved, cost = row
            if reserved > granted:
                # The last answer of the database was lost on its way.
                return Grant(reserved, reserved - used)
            if not code.limits.has_budget:
                self._note_progress(transaction, admission, used)
                return Grant(granted + more, UNLIMITED)
            budget = Budget(transaction, code, admission.at)
            room = budget.room()
            money = room.money + cost - price.cost(input_tokens, reserved)
            most = min(room.tokens, affordable_output(money, price))
            added = max(0, min(more, most))
            new_cost = price.cost(input_tokens, reserved + added)
            budget.add(added, new_cost - cost)
            transaction.execute(
                "UPDATE requests SET reserved_output = ?, used_output = ?, reserved_cost = ?"
                " WHERE request_id = ?",
                (reserved + added, used, new_cost, admission.request_id),
            )
        return Grant(reserved + added, most)

    def settle(self, admission: Admission, outcome: Outcome) -> None:
        """Replace a reservation by the usage, and write the ledger. May be repeated.

        Raises:
            StorageError: The database cannot be written.
        """
        with self._transactions.begin() as transaction:
            transaction.lock_code(admission.code.id)
            _settle(transaction, admission, outcome)

    def renew_lease(self) -> None:
        """Keep this node's requests alive.

        Raises:
            StorageError: The database cannot be written.
        """
        with self._transactions.begin() as transaction:
            transaction.execute(
                "INSERT INTO nodes (node_id, lease_until) VALUES (?, ?)"
                " ON CONFLICT (node_id) DO UPDATE SET lease_until = excluded.lease_until",
                (self.node_id, transaction.now() + LEASE_S),
            )

    def release_lease(self) -> None:
        """Give up the lease at the end, unless requests are left to be settled by others."""
        with self._transactions.begin() as transaction:
            transaction.execute(
                "DELETE FROM nodes WHERE node_id = ?"
                " AND NOT EXISTS (SELECT 1 FROM requests WHERE node_id = ?)",
                (self.node_id, self.node_id),
            )

    def reap(self, codes: dict[int, AccessCode]) -> int:
        """Settle the requests of dead nodes, and return their number.

        Args:
            codes: All codes by id.

        Raises:
            StorageError: The database cannot be written.
        """
        with self._transactions.read() as transaction:
            rows = transaction.execute(
                "SELECT request_id, code_id, at, profile, model FROM requests WHERE node_id NOT IN"
                " (SELECT node_id FROM nodes WHERE lease_until >= ?)",
                (transaction.now(),),
            )
        for request_id, code_id, at, profile, model in rows:
            admission = Admission(
                request_id,
                codes[code_id],
                datetime.fromisoformat(at),
                profile=profile,
                model=model,
            )
            self._reap_one(admission)
        with self._transactions.begin() as transaction:
            transaction.execute(
                "DELETE FROM nodes WHERE lease_until < ? AND NOT EXISTS"
                " (SELECT 1 FROM requests WHERE requests.node_id = nodes.node_id)",
                (transaction.now(),),
            )
        return len(rows)

    def _reap_one(self, admission: Admission) -> None:
        with self._transactions.begin() as transaction:
            transaction.lock_code(admission.code.id)
            found = transaction.execute(
                "SELECT input_tokens, used_output FROM requests WHERE request_id = ?",
                (admission.request_id,),
            )
            if found:
                spent_ms = round((transaction.now() - admission.at.timestamp()) * 1000)
                outcome = Outcome(found[0][0], found[0][1], True, 0, _LOST, max(0, spent_ms))
                _settle(transaction, admission, outcome)

    @staticmethod
    def _note_progress(transaction: Transaction, admission: Admission, used: int) -> None:
        transaction.execute(
            "UPDATE requests SET used_output = ? WHERE request_id = ?",
            (used, admission.request_id),
        )

    @staticmethod
    def _check_rate(transaction: Transaction, code: AccessCode, now: float) -> None:
        most = code.limits.requests_per_minute
        if most is None:
            return
        # A clock that was set back must not keep old arrivals for hours.
        transaction.execute(
            "DELETE FROM arrivals WHERE code_id = ? AND (at <= ? OR at > ?)",
            (code.id, now - _MINUTE_S, now + _MINUTE_S),
        )
        count, first = transaction.execute(
            "SELECT count(*), min(at) FROM arrivals WHERE code_id = ?", (code.id,)
        )[0]
        if count >= most:
            raise LimitReached("requests_per_minute", max(1.0, first + _MINUTE_S - now))
        transaction.execute("INSERT INTO arrivals (code_id, at) VALUES (?, ?)", (code.id, now))


def _request_row(transaction: Transaction, request_id: str) -> tuple[int, int, int] | None:
    rows = transaction.execute(
        "SELECT input_tokens, reserved_output, reserved_cost FROM requests WHERE request_id = ?",
        (request_id,),
    )
    return (int(rows[0][0]), int(rows[0][1]), int(rows[0][2])) if rows else None


def _settle(transaction: Transaction, admission: Admission, outcome: Outcome) -> None:
    """Settle a request within a transaction that has locked its code."""
    code = admission.code
    cost = admission.price.cost(outcome.input_tokens, outcome.output_tokens)
    counted_tokens, counted_cost = _take_reservation(transaction, admission)
    if outcome.ended == _LOST and counted_tokens:
        # Only the dead node knew the price, and made the reservation with it.
        used = outcome.input_tokens + outcome.output_tokens
        cost = -(-counted_cost * used // counted_tokens)
    if code.limits.has_budget:
        budget = Budget(transaction, code, admission.at)
        tokens = outcome.input_tokens + outcome.output_tokens
        budget.add(tokens - counted_tokens, cost - counted_cost)
        budget.carry_over()
    transaction.execute("DELETE FROM ledger WHERE request_id = ?", (admission.request_id,))
    transaction.execute(
        "INSERT INTO ledger (request_id, code_id, at, profile, model, input_tokens, output_tokens,"
        " cost, is_estimated, status, ended, duration_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            admission.request_id,
            code.id,
            as_text(admission.at),
            admission.profile,
            admission.model,
            outcome.input_tokens,
            outcome.output_tokens,
            cost,
            int(outcome.is_estimated),
            outcome.status,
            outcome.ended,
            outcome.duration_ms,
        ),
    )


def _take_reservation(transaction: Transaction, admission: Admission) -> tuple[int, int]:
    """Remove the reservation of a request; return the tokens and money counted for it so far."""
    row = _request_row(transaction, admission.request_id)
    if row is not None:
        transaction.execute("DELETE FROM requests WHERE request_id = ?", (admission.request_id,))
        input_tokens, output_tokens, cost = row
        if not admission.code.limits.has_budget:
            return 0, 0
        return input_tokens + output_tokens, cost
    # Settled already: by a retry, or by another node after this one's lease had expired.
    settled = transaction.execute(
        "SELECT input_tokens + output_tokens, cost FROM ledger WHERE request_id = ?",
        (admission.request_id,),
    )
    return (int(settled[0][0]), int(settled[0][1])) if settled else (0, 0)
