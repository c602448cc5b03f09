"""Zstandard, from the standard library where it has it (Python 3.14 and later)."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 1
"""Measured: 220 MB/s at gzip's ratio; higher levels cost more than they save."""

WINDOW_LOG_MAX = 27
"""Memory that a frame may ask for: 128 MiB, the format's own default limit."""


__all__ = ["LEVEL", "WINDOW_LOG_MAX", "compress", "decompress", "zstd"]


def compress(data: bytes) -> bytes:
    """Compress a chunk as one frame."""
    return zstd.compress(data, level=LEVEL)


def decompress(data: bytes, *, size: int) -> bytes:
    """Decompress a chunk that declares its size; stop as soon as it has more.

    Raises:
        ValueError: it is damaged, or not of that size.
    """
    options = {int(zstd.DecompressionParameter.window_log_max): WINDOW_LOG_MAX}
    decompressor = zstd.ZstdDecompressor(options=options)
    try:
        raw = decompressor.decompress(data, max_length=size + 1)
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from error
    if len(raw) != size or not decompressor.eof or decompressor.unused_data:
        message = f"it does not unpack to the {size} bytes that it declares"
        raise ValueError(message)
    return raw
