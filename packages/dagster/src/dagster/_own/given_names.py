"""Names that are given where none is, what names may be, and how keys of partitions are written."""

from watchbell.declare.labels import DEFAULT_GROUP_NAME

__all__ = ["DEFAULT_GROUP_NAME"]

DEFAULT_OUTPUT = "result"
DEFAULT_IO_MANAGER_KEY = "io_manager"
VALID_NAME_REGEX_STR = "^[A-Za-z0-9_]+$"
MULTIPARTITION_KEY_DELIMITER = "|"
DEFAULT_DATE_FORMAT = "%Y-%m-%d"
DEFAULT_MONTHLY_FORMAT = "%Y-%m"
DEFAULT_HOURLY_FORMAT_WITHOUT_TIMEZONE = "%Y-%m-%d-%H:%M"
DEFAULT_HOURLY_FORMAT_WITH_TIMEZONE = "%Y-%m-%d-%H:%M%z"
