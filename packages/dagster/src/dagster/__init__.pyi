from watchbell import *
from watchbell import __all__ as __all__
