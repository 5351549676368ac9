"""What every reader is handed, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from figecho.errors import InputError
from figecho.options import Limits


@dataclass(frozen=True)
class Request:
    """One document to be read.

    ``path`` is as the user gave it; ``document`` is the SHA-256 of the file; ``page`` (from 1) picks one page.
    ``damage`` says in words what is missing of a truncated file that is read all the same: see `salvaged`.
    """

    path: str
    document: str
    page: int | None = None
    limits: Limits = field(default_factory=Limits)
    damage: str | None = None

    def salvaged(self, error: InputError) -> Request:
        """This request with the damage that an error tells of, where truncated files are to be read as far as they go.

        Raises
        ------
        InputError : the ``error``, where they are not, or where it tells of something else.
        """
        if not self.limits.salvage or error.code != "truncated":
            raise error
        return replace(self, damage=error.cause)

    def truncated(self, detail: str) -> InputError:
        return InputError(self.path, "truncated", f"the file ends early ({detail})", "get a complete copy")

    def damaged(self, detail: str) -> InputError:
        return InputError(
            self.path, "damaged", f"the file is damaged ({detail})", "get an intact copy, or export the picture again"
        )

    def unsupported(self, detail: str, remedy: str = "export the picture as PNG or TIFF") -> InputError:
        return InputError(self.path, "unsupported", detail, remedy)

    def check_size(self, width: int, height: int, bytes_per_pixel: int = 4) -> None:
        """Refuse a picture by the size its header claims, before any memory is spent on it."""
        if width < 1 or height < 1:
            raise self.damaged(f"it claims {width} × {height} pixels")
        limits = self.limits
        if width * height > limits.max_pixels or width * height * bytes_per_pixel > limits.memory_bytes:
            most = min(limits.max_pixels, limits.memory_bytes // bytes_per_pixel)
            raise InputError(
                self.path,
                "oversized",
                f"{width} × {height} pixels are more than the limit of {most / 1e6:.4g} million",
                "crop or shrink it first, or raise the limit with --limit pixels=N",
            )

    def pages(self, count: int) -> range:
        """The pages to read of a document that has ``count``, counted from 1."""
        if self.page is not None:
            if not 1 <= self.page <= count:
                has = "only one page" if count == 1 else f"pages 1 to {count}"
                raise InputError(self.path, "no-such-page", f"there is no page {self.page}", f"it has {has}")
            return range(self.page, self.page + 1)
        if count > self.limits.max_pages:
            raise InputError(
                self.path,
                "oversized",
                f"{count} pages are more than the limit of {self.limits.max_pages}",
                "name the pages you mean, as in stack.tif#page=2",
            )
        return range(1, count + 1)
