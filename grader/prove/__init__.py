"""Proofs about a sheet: twins through the whole pipeline."""
