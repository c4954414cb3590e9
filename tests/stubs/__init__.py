"""Small hand-ins with known truth, and a way to question them without a sandbox."""
