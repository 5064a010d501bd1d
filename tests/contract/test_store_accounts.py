"""What every store does with users, tokens, sessions, the audit log, saved views and snoozes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.conftest import Topics
from tests.contract.making import NOON_AT, at
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.record.account import LoginSession, Role, Token, User, checked_name
from watchbell.record.audit import AuditEntry, AuditQuery, Outcome
from watchbell.record.ports import Store
from watchbell.record.saved_view import FOR_ALL, SavedView, Snooze
from watchbell.store.audit import FORGOTTEN_AT_ONCE

ADA = User("ada", Role.ADMIN, NOON_AT)
BOB = User("bob", Role.VIEWER, NOON_AT)
CI = Token(0, "ci", Role.OPERATOR, NOON_AT, "ada")
DONE = AuditEntry(NOON_AT, "ada", "session", "admin", "launchRun", "run", "r1", "because", Outcome.DONE, "q1", {"a": 1})
VIEW = SavedView(0, "ada", "runs", "red ones", "q=status:failed", NOON_AT)
SNOOZE = Snooze("ada", "job:etl", at(60), "ada", NOON_AT, "known")


def session_of(user: User, seconds: float = 100) -> LoginSession:
    return LoginSession(0, user.name, NOON_AT, at(seconds), NOON_AT, "10.0.0.1 Firefox")


# --- users


def test_a_user_is_found_with_the_hash_and_listed_without(store: Store, topics: Topics) -> None:
    store.add_user(BOB, "hash of bob")
    store.add_user(ADA, "hash of ada")

    assert store.users() == [ADA, BOB]
    assert store.user_with_password("bob") == (BOB, "hash of bob")
    assert store.user_with_password("carl") is None
    assert topics.told == [("accounts",), ("accounts",)]


def test_a_name_is_taken_once(store: Store) -> None:
    store.add_user(ADA, "hash")

    with pytest.raises(DagsterInvariantViolationError, match="there is a user 'ada' already"):
        store.add_user(User("Ada ", Role.VIEWER, NOON_AT), "other")

    assert store.user_with_password("ada") == (ADA, "hash")


@pytest.mark.parametrize("name", ["", " ", "-x", "a b", "ä", "a" * 101, "a\n", "token:x"])
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    with pytest.raises(ParameterCheckError, match="cannot be a user's name: it begins with a letter or digit"):
        checked_name(f"{name}!" if name == "a\n" else name)


def test_what_is_given_of_a_user_is_changed(store: Store) -> None:
    store.add_user(BOB, "hash")

    promoted = store.change_user("bob", at(1), role=Role.OPERATOR)
    renewed = store.change_user("bob", at(2), password_hash="new")
    disabled = store.change_user("bob", at(3), is_disabled=True)
    still = store.change_user("bob", at(4), is_disabled=True)

    operator = replace(BOB, role=Role.OPERATOR)
    assert (promoted, renewed) == (operator, operator)
    assert disabled == still == replace(operator, disabled_at=at(3))
    assert store.change_user("bob", at(5), is_disabled=False) == operator
    assert store.user_with_password("bob") == (operator, "new")
    assert store.change_user("carl", at(6), role=Role.ADMIN) is None


@pytest.mark.parametrize("change", [{"password_hash": "new"}, {"is_disabled": True}])
def test_a_new_password_and_disabling_end_the_users_sessions_alone(store: Store, change: dict[str, object]) -> None:
    for user in (ADA, BOB):
        store.add_user(user, "hash")
        store.add_session(session_of(user), f"cookie of {user.name}")

    store.change_user("bob", at(1), **change)  # type: ignore[arg-type]

    assert store.session_by_digest("cookie of bob") is None
    assert store.session_by_digest("cookie of ada") is not None


def test_a_new_role_leaves_sessions_alone_and_holds_in_them_at_once(store: Store) -> None:
    store.add_user(BOB, "hash")
    store.add_session(session_of(BOB), "cookie")

    store.change_user("bob", at(1), role=Role.ADMIN)

    found = store.session_by_digest("cookie")
    assert found is not None
    assert found[1].role is Role.ADMIN


def test_there_are_accounts_as_long_as_one_can_be_used(store: Store) -> None:
    assert not store.has_accounts(NOON_AT)

    store.add_user(BOB, "hash")
    assert store.has_accounts(NOON_AT)

    store.change_user("bob", NOON_AT, is_disabled=True)
    assert not store.has_accounts(NOON_AT)

    token = store.add_token(replace(CI, expires_at=at(10)), "digest")
    assert store.has_accounts(at(9))
    assert not store.has_accounts(at(10))

    store.revoke_token(token.token_id, at(1))
    assert not store.has_accounts(at(2))


# --- tokens


def test_a_token_is_found_by_its_digest_with_whose_it_is(store: Store) -> None:
    store.add_user(ADA, "hash")

    free = store.add_token(CI, "first")
    own = store.add_token(replace(CI, user_name="ada"), "second")

    assert store.token_by_digest("first") == (replace(CI, token_id=free.token_id), None)
    assert store.token_by_digest("second") == (own, ADA)
    assert store.token_by_digest("third") is None
    assert [each.token_id for each in store.tokens()] == [own.token_id, free.token_id]


def test_a_token_for_nobody_there_is_refused(store: Store) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="there is no user 'ada' to whom a token could belong"):
        store.add_token(replace(CI, user_name="ada"), "digest")

    assert store.tokens() == []


def test_a_token_is_revoked_once_and_for_ever(store: Store) -> None:
    token = store.add_token(CI, "digest")

    first = store.revoke_token(token.token_id, at(1))
    second = store.revoke_token(token.token_id, at(2))

    assert first == second == replace(token, revoked_at=at(1))
    assert store.revoke_token(99, at(3)) is None


def test_the_last_use_of_a_token_is_kept(store: Store) -> None:
    token = store.add_token(CI, "digest")

    store.note_token_used(token.token_id, at(5))

    assert [each.last_used_at for each in store.tokens()] == [at(5)]


# --- sessions


def test_a_session_is_found_by_its_digest_with_its_user(store: Store) -> None:
    store.add_user(ADA, "hash")

    session = store.add_session(session_of(ADA), "cookie")

    assert store.session_by_digest("cookie") == (session, ADA)
    assert store.session_by_digest("other") is None
    assert store.sessions() == store.sessions("ada") == [session]
    assert store.sessions("bob") == []


def test_a_new_session_takes_the_place_of_the_old_one_and_of_those_that_are_over(store: Store) -> None:
    store.add_user(ADA, "hash")
    store.add_session(session_of(ADA, seconds=5), "over")
    store.add_session(session_of(ADA), "before")
    later = replace(session_of(ADA), created_at=at(5))

    session = store.add_session(later, "cookie", replaces="before")

    assert store.sessions() == [session]


def test_a_session_moves_on_when_it_is_used(store: Store) -> None:
    store.add_user(ADA, "hash")
    session = store.add_session(session_of(ADA), "cookie")

    store.note_session_seen(session.session_id, at(50), at(150))

    assert store.sessions() == [replace(session, seen_at=at(50), expires_at=at(150))]


def test_sessions_are_ended_one_by_one_or_all_but_one(store: Store) -> None:
    store.add_user(ADA, "hash")
    first, second, third = (store.add_session(session_of(ADA), digest) for digest in "abc")

    assert store.end_session(second.session_id)
    assert not store.end_session(second.session_id)
    assert store.end_sessions("ada", keep=third.session_id) == 1

    assert store.sessions() == [third]
    assert first.session_id != third.session_id


# --- audit


def test_entries_come_back_as_they_were_the_newest_first(store: Store, topics: Topics) -> None:
    first = store.add_audit(DONE)
    second = store.add_audit(replace(DONE, who="bob", target="r2"))

    assert store.audit(AuditQuery()) == [second, first]
    assert first == replace(DONE, entry_id=first.entry_id)
    assert topics.told == [("audit",), ("audit",)]


def test_entries_that_are_too_old_go_a_few_with_each_new_one(store: Store) -> None:
    old = [store.add_audit(replace(DONE, at=at(-minutes * 60))) for minutes in range(FORGOTTEN_AT_ONCE + 2, 0, -1)]

    first = store.add_audit(DONE, keep_since=at(-60))
    after_first = store.audit(AuditQuery(limit=1_000))
    second = store.add_audit(DONE, keep_since=at(-60))

    assert after_first == [first, old[-1], old[-2]]
    assert store.audit(AuditQuery()) == [second, first, old[-1]]


def test_without_a_limit_of_age_no_entry_goes(store: Store) -> None:
    old = store.add_audit(replace(DONE, at=at(-1e9)))
    new = store.add_audit(DONE)

    assert store.audit(AuditQuery()) == [new, old]


def test_what_came_of_an_entry_is_said_once(store: Store) -> None:
    entry = store.add_audit(replace(DONE, outcome=Outcome.BEGUN, target=""))

    store.end_audit(entry.entry_id, Outcome.DONE, {"run": "r9"}, "r9")
    store.end_audit(entry.entry_id, Outcome.FAILED, {})

    assert store.audit(AuditQuery()) == [replace(entry, outcome=Outcome.DONE, details={"run": "r9"}, target="r9")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (AuditQuery(who="bob"), [3, 2]),
        (AuditQuery(kind="run", target="r1"), [2, 1]),
        (AuditQuery(operations=["stopSensor"]), [3]),
        (AuditQuery(outcomes=[Outcome.REFUSED]), [3]),
        (AuditQuery(since=at(1)), [3, 2]),
        (AuditQuery(until=at(2)), [2, 1]),
        (AuditQuery(before_id=3, limit=1), [2]),
        (AuditQuery(operations=[]), []),
    ],
)
def test_entries_are_sifted(store: Store, query: AuditQuery, expected: list[int]) -> None:
    store.add_audit(DONE)
    store.add_audit(replace(DONE, at=at(1), who="bob"))
    refused = replace(DONE, at=at(2), who="bob", operation="stopSensor", kind="sensor", target="s")
    store.add_audit(replace(refused, outcome=Outcome.REFUSED))

    assert [each.entry_id for each in store.audit(query)] == expected


def test_long_and_strange_text_is_kept_as_far_as_it_can_be(store: Store) -> None:
    long = replace(DONE, reason="x" * 5_000, target="a\x00b\ud800", details={"text": "y" * 50_000})

    store.add_audit(long)

    [entry] = store.audit(AuditQuery())
    assert (len(entry.reason), entry.reason[-1]) == (1_000, "…")
    assert entry.target == "ab?"
    assert entry.details["cut"] is True
    assert entry.details["beginning"].startswith('{"text": "yyy')


def test_accounts_and_the_audit_log_outlive_a_wipe_and_snoozes_do_not(store: Store) -> None:
    store.add_user(ADA, "hash")
    store.add_audit(DONE)
    store.put_view(VIEW)
    store.put_snooze(SNOOZE)

    store.wipe()

    assert store.users() == [ADA]
    assert len(store.audit(AuditQuery())) == len(store.views("ada")) == 1
    assert store.snoozes("ada", NOON_AT) == []


# --- saved views and snoozes


def test_a_view_is_stored_by_its_name_and_again_over_itself(store: Store) -> None:
    first = store.put_view(VIEW)
    again = store.put_view(replace(VIEW, query="q=job:etl", changed_at=at(9)))

    assert again.view_id == first.view_id
    assert store.views("ada") == [again]
    assert store.view(first.view_id) == again


def test_somebody_sees_their_own_views_and_everybodys(store: Store) -> None:
    mine = store.put_view(VIEW)
    ours = store.put_view(replace(VIEW, owner=FOR_ALL, name="all"))
    store.put_view(replace(VIEW, owner="bob"))

    assert store.views("ada") == [ours, mine]


def test_a_view_is_deleted(store: Store) -> None:
    mine = store.put_view(VIEW)

    assert store.delete_view(mine.view_id) == mine
    assert store.delete_view(mine.view_id) is None
    assert store.views("ada") == []


def test_a_view_whose_query_is_endless_is_refused(store: Store) -> None:
    with pytest.raises(ParameterCheckError, match="a view's query is 20,000 bytes long"):
        store.put_view(replace(VIEW, query="x" * 20_000))


def test_what_is_snoozed_comes_back_when_its_time_is_over(store: Store) -> None:
    everybodys = replace(SNOOZE, owner=FOR_ALL, key="sensor:files", until_at=at(30))
    for each in (SNOOZE, everybodys, replace(SNOOZE, owner="bob")):
        store.put_snooze(each)

    assert store.snoozes("ada", NOON_AT) == [SNOOZE, everybodys]
    assert store.snoozes("ada", at(30)) == [SNOOZE]
    assert store.snoozes("ada", at(60)) == []


def test_a_snooze_is_moved_and_ended(store: Store) -> None:
    store.put_snooze(SNOOZE)
    longer = replace(SNOOZE, until_at=SNOOZE.until_at + timedelta(hours=1))
    store.put_snooze(longer)

    assert store.snoozes("ada", NOON_AT) == [longer]
    assert store.end_snooze("ada", "job:etl")
    assert not store.end_snooze("ada", "job:etl")
    assert store.snoozes("ada", NOON_AT) == []
