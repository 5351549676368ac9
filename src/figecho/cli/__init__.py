"""The command line: one file per command, `app` composes them, `render` alone prints."""
