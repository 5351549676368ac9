"""Runs on disk: one SQLite file each, written by one process, with the panels' features and pixels in it."""
