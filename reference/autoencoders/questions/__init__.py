"""One file per thing that is asked of a hand-in."""
