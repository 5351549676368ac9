"""Features × 2 → evidence: nearest neighbours, geometry, dense confirmation, verdict."""
