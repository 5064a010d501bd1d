"""The work of each question, as scripts that run unchanged under watchbell and under Dagster (`import dagster`)."""
