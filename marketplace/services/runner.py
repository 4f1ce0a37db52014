"""Run commands: the key, the roles, the use case, and the journal's line, in one transaction."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Generic, Self, TypeVar

from marketplace.canonical import document
from marketplace.domain import command as to
from marketplace.domain.actor import CLOCK, Actor
from marketplace.domain.command import Command, kind_of
from marketplace.domain.journal import Call, Line
from marketplace.domain.text import SUSPECT, checked_texts, is_plain
from marketplace.errors import (
    BadField,
    KeyInFlight,
    KeyReused,
    LedgerBroken,
    MarketError,
    NoMarket,
    StorageFailed,
)
from marketplace.rules import MarketRules
from marketplace.services import lease, market, powers, token
from marketplace.services.use_cases import USE_CASES
from marketplace.store import agenda as agenda_store
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store, migrate
from marketplace.store.transaction import NOTHING, Tx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Submission:
    """A command with all that goes with it; ``words``: the command as the journal writes it.
    ``refused``: why it cannot be written down."""

    command: Command[Any]
    call: Call
    words: str
    refused: BadField | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Its key, and whose key that is."""
        return self.command.scope or self.call.actor.name, self.call.key


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a command answers. ``again``: its key came before, and this is what became of the
    first."""

    value: T
    again: bool = False


@dataclass(slots=True)
class _Waiting:
    """A submission in the queue of a group; mutable: it is answered once."""

    submission: Submission
    answer: Answer[Any] | MarketError | None = None
    failure: BaseException | None = None
    done: bool = False


PATIENCE_S: Final = 0.02
"""How long a group waits for those that were there before: about as long as it takes to answer them
and to read what they ask next, which is done meanwhile."""


@dataclass(slots=True)
class Runner:
    """The only door to writing. Threads may share one: those that come while another commits are
    committed together, each in a part of the transaction that can fail alone."""

    store: Store
    _queue: list[_Waiting] = field(default_factory=list)
    _turn: threading.Condition = field(default_factory=threading.Condition)
    _leading: bool = False
    _together: int = 0
    _known: dict[object, Any] = field(default_factory=dict)
    _keys: set[tuple[str, str]] = field(default_factory=set)

    def run(
        self,
        command: Command[T],
        *,
        by: Actor,
        at: datetime,
        key: str = "",
        secret: bytes = b"",
        attachment: bytes = b"",
    ) -> T:
        """Run one command: its answer, or its refusal raised as ``MarketError``."""
        call = Call(actor=by, at=at, key=key, secret=secret, attachment=attachment)
        return self.submit(command, call).value

    def submit(self, command: Command[T], call: Call) -> Answer[T]:
        """Run one command: its answer, or its refusal raised as ``MarketError``.

        A ``key`` that came before with the same command changes nothing and answers what has
        become of it; with another one it raises ``KeyReused``; while the first is being worked on
        here it raises ``KeyInFlight``. A refused command uses no key.
        """
        own = _Waiting(_submission(command, call))
        with self._in_flight(own.submission):
            return self._answer(own)

    def rehearse(self, command: Command[T], call: Call) -> Answer[T]:
        """What ``submit`` would answer now, by the same path; all of it is undone."""
        [answer] = self._rehearse([_submission(command, call)], call.at)
        return _answered(answer)

    def rehearse_all(
        self, commands: Sequence[Command[T]], *, by: Actor, at: datetime
    ) -> list[Answer[T] | MarketError]:
        """What ``submit_all`` would answer now, by the same path; all of it is undone."""
        return self._rehearse(
            [_submission(command, Call(actor=by, at=at)) for command in commands], at
        )

    def _rehearse(self, each: list[Submission], at: datetime) -> list[Answer[Any] | MarketError]:
        with self._alone():
            try:
                with self._begin() as tx:
                    market.check_clock(tx, at)
                    answers = _run_each(tx, each)
                    raise _Undone
            except _Undone:
                return answers

    @contextmanager
    def _in_flight(self, submission: Submission) -> Iterator[None]:
        """Nobody else works on its key here. In another process it waits for the database, and
        then answers what became of the first."""
        key = submission.key
        with self._turn:
            if submission.call.key and key in self._keys:
                raise KeyInFlight(submission.call.key)
            self._keys.add(key)
        try:
            yield
        finally:
            with self._turn:
                self._keys.discard(key)

    def _answer(self, own: _Waiting) -> Answer[Any]:
        with self._turn:
            self._queue.append(own)
            self._turn.notify_all()
            self._turn.wait_for(lambda: own.done or not self._leading)
            if not own.done:
                self._leading = True
                self._gather()
                group, self._queue = self._queue, []
        if not own.done:
            self._lead(group)
        if own.failure is not None:
            raise own.failure
        return _answered(own.answer)

    def run_all(
        self, commands: Sequence[Command[T]], *, by: Actor, at: datetime
    ) -> list[T | MarketError]:
        """Run commands in one transaction: each gets its answer or its refusal.

        Raises ``TooEarly`` for all.
        """
        answers = self.submit_all(commands, by=by, at=at)
        return [one.value if isinstance(one, Answer) else one for one in answers]

    def submit_all(
        self, commands: Sequence[Command[T]], *, by: Actor, at: datetime
    ) -> list[Answer[T] | MarketError]:
        """As ``run_all``, and each answer says whether its key came before."""
        each = [_submission(command, Call(actor=by, at=at)) for command in commands]
        with self._alone(), self._begin() as tx:
            market.check_clock(tx, at)
            return _run_each(tx, each)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else's commands go along; those that come wait in the queue."""
        with self._turn:
            self._turn.wait_for(lambda: not self._leading)
            self._leading = True
        try:
            yield
        finally:
            with self._turn:
                self._leading = False
                self._turn.notify_all()

    @classmethod
    def open_market(
        cls, store: Store, rules: MarketRules, *, by: Actor, at: datetime, secret: bytes
    ) -> Self:
        """Bring the database up to date, and start a market in it where there is none.

        ``secret``: chance that makes its journal another than any other market's.
        """
        migrate(store)
        runner = cls(store)
        if not market.exists(store):
            runner.run(to.OpenMarket(rules), by=by, at=at, secret=secret)
        return runner

    @contextmanager
    def _begin(self) -> Iterator[Tx]:
        """A transaction that knows what the last one knew, where nobody has written since: the
        journal's head tells, for nothing is written past it."""
        carried, self._known = self._known, {}
        head = carried.get("head")
        with self.store.begin(asking=journal_store.NEWEST_HASH if head else "") as tx:
            if head is not None and head.hash == tx.told:
                tx.know(carried)
            yield tx
        self._known = tx.all_known()

    def _gather(self) -> None:
        """Wait a moment for as many as were there last, those that had to wait among them, so that
        they go together: else half of them would always wait for the other half. Who is alone
        waits for nobody."""
        if self._together > 1:
            self._turn.wait_for(lambda: len(self._queue) >= self._together, PATIENCE_S)

    def _lead(self, group: Sequence[_Waiting]) -> None:
        """Run a group in one transaction; where that fails, nothing of it is done."""
        try:
            with self._begin() as tx:
                answers = _run_each(tx, [one.submission for one in group])
            for one, answer in zip(group, answers, strict=True):
                one.answer = answer
        except BaseException as failure:  # noqa: BLE001 - each waiting thread raises it
            for one in group:
                one.failure = failure
        with self._turn:
            for one in group:
                one.done = True
            self._leading, self._together = False, len(group) + len(self._queue)
            self._turn.notify_all()


class _Undone(Exception):
    """Leaves a transaction that nothing may remain of."""


def _submission(command: Command[Any], call: Call) -> Submission:
    keyed = call if call.key else replace(call, key=command.key)
    try:
        words = _words(command)
        if not is_plain(keyed.key):
            raise BadField("key", ascii(keyed.key), "not-plain-text")
    except BadField as refused:
        return Submission(command, replace(keyed, key=""), "", refused)
    return Submission(command, keyed, words)


def _words(command: Command[Any]) -> str:
    """A command as the journal writes it. Raises ``BadField`` for what is no plain text."""
    try:
        words = journal_store.words_of(command)
    except ValueError:  # half a letter cannot be written
        checked_texts(command)
        raise
    if SUSPECT.search(words):
        checked_texts(command)
    return words


def _answered(answer: Answer[T] | MarketError | None) -> Answer[T]:
    """An answer; a refusal is raised."""
    if isinstance(answer, Answer):
        return answer
    raise answer or RuntimeError("a command was left without an answer")


def _run_each(tx: Tx, group: Sequence[Submission]) -> list[Answer[Any] | MarketError]:
    journal_store.look_up(tx, (one.key for one in group if one.call.key))
    return [run_in(tx, one) for one in group]


def run_in(tx: Tx, submission: Submission) -> Answer[Any] | MarketError:
    """Run one command in a transaction that others may share: its answer, or its refusal.

    Raises what is no refusal (``StorageFailed``, a bug): then the whole transaction is undone.
    """
    command, asked = submission.command, submission.call
    if submission.refused is not None:
        return submission.refused
    try:
        if asked.fence:
            lease.check(tx, asked.fence)
        at = _dated(tx, command, asked.at)
        one = submission if at == asked.at else replace(submission, call=replace(asked, at=at))
        if not isinstance(command, to.Advance):
            let_time_pass(tx, at)
        if asked.actor.token:
            token.check_acting(tx, asked.actor, at)
        before = journal_store.keyed(tx, *one.key) if asked.key else None
        return _anew(tx, one) if before is None else _again(tx, before, one)
    except (StorageFailed, LedgerBroken):
        raise
    except MarketError as refusal:
        return refusal


def let_time_pass(tx: Tx, at: datetime) -> None:
    """Bring the market up to date before anybody looks at it: nothing waits for an auction."""
    due = agenda_store.first(tx)
    if due is not None and due <= at:
        time = to.Advance()
        _anew(tx, Submission(time, Call(actor=CLOCK, at=at), journal_store.words_of(time)))


def _dated(tx: Tx, command: Command[Any], at: datetime) -> datetime:
    if isinstance(command, to.SetClock):
        return at
    if command.waits:
        return max(at, journal_store.head(tx).at or at)
    return market.check_clock(tx, at)


def _again(tx: Tx, before: Line, one: Submission) -> Answer[Any]:
    command, call = one.command, one.call
    if before.kind != kind_of(type(command)):
        raise KeyReused(call.key)
    if before.command != one.words and not command.repeats(journal_store.command_of(before)):
        raise KeyReused(call.key)
    powers.check(call.actor, command)
    names = tuple(json.loads(before.answer))
    return Answer(USE_CASES[type(command)].recall(tx, command, names), again=True)


def _anew(tx: Tx, one: Submission) -> Answer[Any] | MarketError:
    command, call = one.command, one.call
    use_case, refusal, answer, wrote = USE_CASES[type(command)], None, None, NOTHING
    try:
        with tx.noting() as digest:
            powers.check(call.actor, command)
            answer = use_case.do(tx, command, call)
            wrote = digest()
    except MarketError as refused:
        if not refused.journaled:
            raise
        refusal = refused
    if refusal is None and wrote == NOTHING and not call.key:
        return Answer(answer)  # nothing was asked to be remembered
    told = _refusal_text(refusal) if refusal else document(use_case.names(answer))
    head = journal_store.head(tx)
    line = Line.chained(
        head.hash,
        seq=head.seq + 1,
        at=call.at,
        actor=journal_store.text_of(call.actor),
        kind=kind_of(type(command)),
        command=one.words,
        scope=one.key[0],
        key=call.key,
        secret=call.secret,
        attachment=call.attachment,
        rules_version=_rules_version(tx),
        accepted=refusal is None,
        answer=told,
        wrote=wrote,
    )
    journal_store.append(tx, line)
    return refusal or Answer(answer)


def _rules_version(tx: Tx) -> int:
    try:
        return market.rules_and_cycle(tx)[0].version
    except NoMarket:
        return 0


def _refusal_text(refusal: MarketError) -> str:
    """A refusal as the journal writes it: its code and its fields."""
    return json.dumps({"refused": refusal.code} | refusal.fields(), sort_keys=True)
