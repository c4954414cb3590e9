"""Reference solution of the sheet on classification."""
