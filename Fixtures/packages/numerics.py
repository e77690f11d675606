"""Arrays, tables, geometry."""


def numpy():
    import numpy

    numbers = numpy.random.default_rng(1).random((200, 200))
    assert numpy.allclose(numbers @ numpy.linalg.inv(numbers), numpy.eye(200))
    assert numpy.fft.fft(numbers).shape == (200, 200)


def scipy():
    from scipy import optimize, sparse, stats

    assert abs(optimize.brentq(lambda x: x * x - 2, 0, 2) ** 2 - 2) < 1e-9
    assert sparse.linalg.splu(sparse.eye(10, format="csc")).solve(stats.norm.pdf([0.0] * 10)).shape == (10,)


def pandas():
    import io

    import pandas

    frame = pandas.read_csv(io.StringIO("day,count\n2026-01-01,1\n2026-01-02,2\n"), parse_dates=["day"])
    assert frame.groupby(frame.day.dt.year)["count"].sum().to_dict() == {2026: 3}


def pyarrow():
    import io

    import pyarrow
    import pyarrow.compute
    from pyarrow import parquet

    for compression in ("zstd", "brotli", "gzip", "snappy", "lz4"):
        file = io.BytesIO()
        parquet.write_table(pyarrow.table({"n": range(1000)}), file, compression=compression)
        assert pyarrow.compute.sum(parquet.read_table(file)["n"]).as_py() == 499500
    # RE2 of its own.
    assert pyarrow.compute.match_substring_regex(pyarrow.array(["ab1"]), "[a-z]+[0-9]").to_pylist() == [True]


def polars():
    import polars

    frame = polars.DataFrame({"n": list(range(1000)), "text": ["a", "b"] * 500})
    assert frame.group_by("text").agg(polars.col("n").sum()).sort("text")["n"].to_list() == [249500, 250000]


def numba():
    import numba

    @numba.njit
    def add_up(limit):
        total = 0
        for number in range(limit):
            total += number
        return total

    assert add_up(1000) == 499500


def shapely():
    import shapely

    assert abs(shapely.Point(0, 0).buffer(1).area - 3.14) < 0.01


def pyproj():
    import pyproj

    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(10, 50)
    assert abs(x - 1113194.9) < 1


def rasterio():
    import numpy
    import rasterio
    from rasterio.io import MemoryFile

    profile = {"driver": "GTiff", "width": 8, "height": 8, "count": 1, "dtype": "uint8", "compress": "deflate"}
    with MemoryFile() as memory:
        with memory.open(**profile) as data:
            data.write(numpy.full((1, 8, 8), 7, "uint8"))
        with rasterio.open(memory.name) as data:
            assert int(data.read(1).sum()) == 448


def h5py():
    import io

    import h5py

    with h5py.File(io.BytesIO(), "w") as file:
        file.create_dataset("n", data=list(range(1000)), compression="gzip")
        assert int(file["n"][:].sum()) == 499500
