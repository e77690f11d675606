"""Compression."""

TEXT = b"to be or not to be " * 5000


def zlib():
    import bz2
    import gzip
    import lzma
    import zlib

    assert zlib.ZLIB_RUNTIME_VERSION == zlib.ZLIB_VERSION
    for module in (zlib, gzip, bz2, lzma):
        assert module.decompress(module.compress(TEXT)) == TEXT


def zstandard():
    import zstandard

    assert zstandard.decompress(zstandard.compress(TEXT)) == TEXT


def brotli():
    import brotli

    assert brotli.decompress(brotli.compress(TEXT)) == TEXT


def lz4():
    import lz4.frame

    assert lz4.frame.decompress(lz4.frame.compress(TEXT)) == TEXT


def cramjam():
    import cramjam

    for coder in (cramjam.snappy, cramjam.brotli, cramjam.zstd, cramjam.gzip):
        assert bytes(coder.decompress(coder.compress(TEXT))) == TEXT


def python_snappy():
    import snappy

    assert snappy.decompress(snappy.compress(TEXT)) == TEXT


def blosc2():
    import blosc2

    for codec in (blosc2.Codec.ZSTD, blosc2.Codec.ZLIB, blosc2.Codec.LZ4):
        assert blosc2.decompress2(blosc2.compress2(TEXT, codec=codec)) == TEXT
