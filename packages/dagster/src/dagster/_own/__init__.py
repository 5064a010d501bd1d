"""What lies at inner paths of Dagster, is used by projects, and is small: written anew, served by ``_paths.py``."""
