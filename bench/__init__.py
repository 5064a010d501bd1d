"""What watchbell costs beside Dagster: ``python -m bench``; see README.md beside this file."""
