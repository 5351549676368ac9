"""What is here to run models with, for whoever asks before running one."""

from __future__ import annotations

from figecho.errors import UnavailableError
from figecho.models import fetch
from figecho.models.extra import needed
from figecho.models.hashers import open_hasher
from figecho.options import HASH_METHODS


def hashes() -> list[tuple[str, str]]:
    """Each hash that can be computed here: its method and its name with the version."""
    found = []
    for method in HASH_METHODS:
        try:
            found.append((method, open_hasher(method).card.name))
        except UnavailableError:  # the extra is not installed, which is what is asked
            continue
    return found


def providers() -> list[str] | None:
    """What onnxruntime could run networks on; None where deep features are not installed."""
    try:
        for library in ("h5py", "onnx", "pooch"):
            needed(library)
        return list(needed("onnxruntime").get_available_providers())
    except UnavailableError:
        return None


def weights(remote: fetch.RemoteFile) -> str:
    """Where a file lies and its checksums, or that it is not here and how it comes."""
    folder = fetch.cache_folder()
    path = folder / remote.file
    if not path.is_file():
        return f"not here yet: the first use fetches {remote.size / 1e6:.1f} MB into {folder}; or give --weights FILE"
    if not fetch.intact(path, remote):
        return f"{path}: damaged, its MD5 is not {remote.md5}; the next use fetches it again"
    return f"{path}, MD5 {remote.md5}, SHA-256 {fetch.sha256(path)}"
