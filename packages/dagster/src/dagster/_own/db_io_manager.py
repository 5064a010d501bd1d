"""IO managers of databases."""

from watchbell.io.db_io_manager import DbClient, DbIOManager, DbTypeHandler, TablePartitionDimension, TableSlice

__all__ = ["DbClient", "DbIOManager", "DbTypeHandler", "TablePartitionDimension", "TableSlice"]
