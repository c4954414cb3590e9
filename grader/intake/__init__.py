"""Collecting and unpacking: from what lies on disk to a private folder of plain files."""
