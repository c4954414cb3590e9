"""Judging: from a team that can be questioned to findings and points.

``checks.load_checks`` and ``lab.load_reference`` load what a sheet brings along, ``judging.judge`` questions
the team, ``scoring.score`` adds up.
"""
