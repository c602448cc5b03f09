"""Compressed chunks, which may be damaged or hostile."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.snapshot import zstd

MEGABYTE = 1024 * 1024
RAW = b'["some row", 1]\n' * 100


@given(st.binary())
def test_chunk_comes_back(data):
    assert zstd.decompress(zstd.compress(data), size=len(data)) == data


@pytest.mark.parametrize("size", [0, 1, len(RAW) - 1, len(RAW) + 1, 64 * MEGABYTE])
def test_chunk_of_another_size_than_declared_is_refused(size):
    with pytest.raises(ValueError, match=f"does not unpack to the {size} bytes"):
        zstd.decompress(zstd.compress(RAW), size=size)


def test_bomb_is_refused_before_it_goes_off():
    bomb = zstd.compress(bytes(256 * MEGABYTE))
    assert len(bomb) < MEGABYTE
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="does not unpack to the 1000 bytes"):
            zstd.decompress(bomb, size=1000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * MEGABYTE


def test_window_larger_than_the_format_s_own_limit_is_refused():
    """A frame may ask for gigabytes of memory before its first byte comes out."""
    options = {
        int(zstd.zstd.CompressionParameter.window_log): zstd.WINDOW_LOG_MAX + 1,
        int(zstd.zstd.CompressionParameter.enable_long_distance_matching): 1,
    }
    compressor = zstd.zstd.ZstdCompressor(options=options)
    # Flushed in two, so that the frame cannot declare its size, and so its window.
    data = compressor.compress(RAW, compressor.FLUSH_BLOCK)
    data += compressor.compress(RAW, compressor.FLUSH_FRAME)

    with pytest.raises(ValueError, match=r".+"):
        zstd.decompress(data, size=2 * len(RAW))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not zstd",
        zstd.compress(RAW)[:-1],
        zstd.compress(RAW)[:4],
        zstd.compress(RAW) + b"\0",
        zstd.compress(RAW) + zstd.compress(b""),
        zstd.compress(RAW) * 2,
        b"\0" + zstd.compress(RAW),
    ],
)
def test_data_that_is_not_one_whole_frame_is_refused(data):
    with pytest.raises(ValueError, match=r".+"):
        zstd.decompress(data, size=len(RAW))


def test_every_flipped_byte_is_refused_or_changes_nothing():
    """The digest of a chunk is checked first; this is what is left if it lies."""
    packed = zstd.compress(RAW)
    for offset in range(len(packed)):
        flipped = bytearray(packed)
        flipped[offset] ^= 0xFF
        try:
            raw = zstd.decompress(bytes(flipped), size=len(RAW))
        except ValueError:
            continue
        assert len(raw) == len(RAW)
