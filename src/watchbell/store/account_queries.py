"""The statements about users, tokens, sessions, the audit log, saved views and snoozes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import case, delete, func, literal_column, or_, select, update
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.query_words import ONE, changing, many, p, text_of, whole
from watchbell.store.schema import audit, saved_views, sessions, snoozes, tokens, users


def about_accounts() -> Mapping[str, ClauseElement]:
    """Users and their tokens and sessions."""
    named = users.c.name == p("name_now")
    about_user = (users.c.name, users.c.role, users.c.created_at, users.c.disabled_at)
    about_token = [each for each in tokens.c if each.name != "digest"]
    about_session = [each for each in sessions.c if each.name != "digest"]
    is_open = (tokens.c.revoked_at.is_(None), or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > p("now")))
    of_user = sessions.c.user_name == p("user_now")
    return {
        "users": select(*about_user).order_by(users.c.name),
        "user": select(*about_user, users.c.password_hash).where(named),
        "some_user": select(ONE).where(users.c.disabled_at.is_(None)),
        "new_user": whole(users),
        "change_user": update(users).where(named).values(changing(users, "role", "password_hash", "disabled_at")),
        "tokens": select(*about_token).order_by(tokens.c.id.desc()),
        "token": select(*about_token).where(tokens.c.id == p("token_now")),
        "token_by_digest": select(*about_token, *about_user)
        .select_from(tokens.outerjoin(users, users.c.name == tokens.c.user_name))
        .where(tokens.c.digest == p("digest_now")),
        "some_token": select(ONE).where(*is_open),
        "new_token": whole(tokens),
        "revoke_token": update(tokens)
        .where(tokens.c.id == p("token_now"), tokens.c.revoked_at.is_(None))
        .values(changing(tokens, "revoked_at")),
        "use_token": update(tokens).where(tokens.c.id == p("token_now")).values(changing(tokens, "last_used_at")),
        "sessions": select(*about_session).order_by(sessions.c.id.desc()),
        "sessions_of": select(*about_session).where(of_user).order_by(sessions.c.id.desc()),
        "session_by_digest": select(*about_session, *about_user)
        .select_from(sessions.join(users, users.c.name == sessions.c.user_name))
        .where(sessions.c.digest == p("digest_now")),
        "new_session": whole(sessions),
        "see_session": update(sessions)
        .where(sessions.c.id == p("session_now"))
        .values(changing(sessions, "seen_at", "expires_at")),
        "end_session": delete(sessions).where(sessions.c.id == p("session_now")),
        "replace_session": delete(sessions).where(sessions.c.digest == p("digest_now")),
        "end_sessions": delete(sessions).where(of_user, sessions.c.id != p("kept")),
        "end_old_sessions": delete(sessions).where(sessions.c.expires_at <= p("now")),
    }


def about_audit() -> Mapping[str, ClauseElement]:
    """The audit log."""
    return {
        "new_audit": whole(audit),
        # By number: entries have the order of their times, so the oldest are the first ones.
        "forget_audit": delete(audit).where(
            audit.c.id < select(func.min(audit.c.id)).scalar_subquery() + p("most"), audit.c.at < p("keep_since")
        ),
        "end_audit": update(audit)
        .where(audit.c.id == p("entry_now"), audit.c.outcome == text_of("begun"))
        .values(
            outcome=p("outcome"),
            details=p("details"),
            target=func.coalesce(p("target"), audit.c.target),
        ),
        "select_audit": select(audit),
        "audit_who_is": audit.c.who == p("who"),
        "audit_kind_is": audit.c.kind == p("kind"),
        "audit_target_is": audit.c.target == p("target"),
        "audit_operation_in": audit.c.operation.in_(many("operations")),
        "audit_outcome_in": audit.c.outcome.in_(many("outcomes")),
        "audit_since": audit.c.at >= p("since"),
        "audit_until": audit.c.at < p("until"),
        "audit_before_id": audit.c.id < p("before_id"),
        "audit_order": audit.c.id,
    }


def about_views() -> Mapping[str, ClauseElement]:
    """Saved views and snoozes."""
    everybody = text_of("")
    this_name = (
        saved_views.c.owner == p("owner_now"),
        saved_views.c.screen == p("screen_now"),
        saved_views.c.name == p("name_now"),
    )
    this_snooze = (snoozes.c.owner == p("owner_now"), snoozes.c.attention_key == p("key_now"))
    own_first = case((snoozes.c.owner == everybody, literal_column("1")), else_=literal_column("0"))
    return {
        "views": select(saved_views)
        .where(saved_views.c.owner.in_([p("owner_now"), everybody]))
        .order_by(saved_views.c.screen, saved_views.c.name, saved_views.c.id),
        "view": select(saved_views).where(saved_views.c.id == p("view_now")),
        "view_named": select(saved_views.c.id).where(*this_name),
        "new_view": whole(saved_views),
        "change_view": update(saved_views)
        .where(saved_views.c.id == p("view_now"))
        .values(changing(saved_views, "query_text", "changed_at")),
        "delete_view": delete(saved_views).where(saved_views.c.id == p("view_now")),
        "snoozes": select(snoozes)
        .where(snoozes.c.owner.in_([p("owner_now"), everybody]), snoozes.c.until_at > p("now"))
        .order_by(snoozes.c.attention_key, own_first),
        "new_snooze": whole(snoozes),
        "end_snooze": delete(snoozes).where(*this_snooze),
        "end_old_snoozes": delete(snoozes).where(snoozes.c.until_at <= p("now")),
        "forget_snoozes": delete(snoozes),
    }
