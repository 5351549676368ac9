"""Scans on a cluster, and what a library of many millions of panels would take."""
