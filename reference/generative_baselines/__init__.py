"""Reference solution of the sheet on classical generative models."""
