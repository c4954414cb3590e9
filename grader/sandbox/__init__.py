"""Confinement: the ladder of isolation, the warm fork server, budgets."""
