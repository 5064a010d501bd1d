"""Questions about annotations."""

from collections.abc import Mapping
from typing import Any, get_origin

from watchbell import AssetExecutionContext, OpExecutionContext

ExecutionContextTypes = OpExecutionContext | AssetExecutionContext


def is_dict_type(type_obj: Any) -> bool:
    """Whether an annotation stands for a mapping: ``dict``, ``Dict[str, int]``, ``Mapping[str, int]``."""
    kind = get_origin(type_obj) or type_obj
    return isinstance(kind, type) and issubclass(kind, Mapping)
