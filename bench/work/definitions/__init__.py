"""Files of user code that the work scripts load or serve; all written with the public API alone."""
