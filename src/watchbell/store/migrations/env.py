"""How Alembic runs our revisions: on the connection it is given, all of them in one transaction."""

from alembic import context

from watchbell.store.schema import metadata

connection = context.config.attributes["connection"]
# SQLite undoes schema changes like any other, which Alembic does not count on unless told. The transaction itself is
# the caller's, so that a revision that fails leaves nothing behind.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
