"""A session of onnxruntime as a function: one layer of a network, whose file is written here octet by octet."""

import struct

import numpy
import onnxruntime

SIZE = 256
FLOAT = 1


def number(value):
    """A number of Protocol Buffers: seven bits an octet."""
    octets = bytearray()
    while value > 127:
        octets.append(value & 127 | 128)
        value >>= 7
    return bytes(octets) + bytes([value])


def field(key, value):
    """A field: a number, or octets with their length in front."""
    if isinstance(value, int):
        return number(key << 3) + number(value)
    octets = value.encode() if isinstance(value, str) else value
    return number(key << 3 | 2) + number(len(octets)) + octets


def tensor(name, sizes, values):
    """A TensorProto of floats."""
    dimensions = b"".join(field(1, size) for size in sizes)
    return dimensions + field(2, FLOAT) + field(8, name) + field(9, struct.pack(f"<{len(values)}f", *values))


def described(name):
    """A ValueInfoProto: rows of `SIZE` floats, any number of them."""
    shape = field(1, field(2, "rows")) + field(1, field(1, SIZE))
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def layer(weights, bias):
    """A ModelProto: the positive part of `input @ weights + bias`."""
    gemm = field(1, "input") + field(1, "weights") + field(1, "bias") + field(2, "sum") + field(4, "Gemm")
    relu = field(1, "sum") + field(2, "output") + field(4, "Relu")
    graph = field(1, gemm) + field(1, relu) + field(2, "layer")
    graph += field(5, tensor("weights", [SIZE, SIZE], weights)) + field(5, tensor("bias", [SIZE], bias))
    graph += field(11, described("input")) + field(12, described("output"))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


def session():
    """A layer that turns a row around and takes one from each of its numbers."""
    weights = [1.0 if row + column == SIZE - 1 else 0.0 for row in range(SIZE) for column in range(SIZE)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = layer(weights, [-1.0] * SIZE)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


own_session = session()


def run(rows):
    """What the layer gives for rows of `SIZE` float32, one after the other, as it takes them."""
    given = numpy.asarray(rows, dtype="float32").reshape(-1, SIZE)
    return own_session.run(["output"], {"input": given})[0].ravel()
