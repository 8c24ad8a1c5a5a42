"""Writes checkpoints as TensorFlow's Saver does (tensor_bundle.proto in a table of LevelDB), without
TensorFlow, which takes 1.6 GB of disk. A test in tensorflow_test.cpp compares both."""
import struct

import crc32c
import numpy as np

TYPES = {"float32": 1, "float64": 2, "int64": 9, "float16": 19}
RESTART = 16  # entries after which a key is written whole


def masked(data):
    crc = crc32c.crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value):
    result = b""
    while value >= 128:
        result += bytes([value & 127 | 128])
        value >>= 7
    return result + bytes([value])


def integer(field, value):
    return varint(field << 3) + varint(value) if value else b""


def message(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def common(a, b):
    """The number of bytes that both begin with."""
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def between(key, following):
    """The shortest key that is not before the one and before the other, if there is another."""
    n = common(key, following)
    if n == len(key) or key[n] + 1 >= (following[n] if n < len(following) else 256):
        return key
    return key[:n] + bytes([key[n] + 1])


def block(entries):
    """Entries whose keys repeat the front of the last."""
    result, restarts, last = b"", [], b""
    for i, (key, value) in enumerate(entries):
        shared = common(key, last) if i % RESTART else 0
        if i % RESTART == 0:
            restarts.append(len(result))
        result += varint(shared) + varint(len(key) - shared) + varint(len(value))
        result += key[shared:] + value
        last = key
    restarts = restarts or [0]
    return result + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def table(entries, block_size=1 << 18):
    """Blocks of about a size, an empty one about the table, the index, the footer."""
    result, index = b"", []

    def add(data):
        nonlocal result
        place = varint(len(result)) + varint(len(data))
        data += b"\0"
        result += data + struct.pack("<I", masked(data))
        return place

    begin, size = 0, 0
    for i, (key, value) in enumerate(entries):
        size += len(key) + len(value)
        if size >= block_size or i + 1 == len(entries):
            following = entries[i + 1][0] if i + 1 < len(entries) else b""
            index.append((between(key, following), add(block(entries[begin:i + 1]))))
            begin, size = i + 1, 0
    footer = add(block([])) + add(block(index))
    return result + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def bundle(tensors, shards=1):
    """The entries of an index and the files of data of arrays by name, which go to each file in
    turn."""
    data, entries = [bytearray() for _ in range(shards)], []
    for i, (name, values) in enumerate(sorted((n.encode(), v) for n, v in tensors.items())):
        values = np.asarray(values)
        raw, shard = values.tobytes(), i % shards
        shape = b"".join(message(2, integer(1, edge)) for edge in values.shape)
        entries.append((name, integer(1, TYPES[values.dtype.name]) + message(2, shape) +
                        integer(3, shard) + integer(4, len(data[shard])) + integer(5, len(raw)) +
                        varint(6 << 3 | 5) + struct.pack("<I", masked(raw))))
        data[shard] += raw
    return [(b"", integer(1, shards) + message(3, integer(1, 1)))] + entries, data


def write_checkpoint(prefix, tensors, shards=1, block_size=1 << 18):
    entries, data = bundle(tensors, shards)
    with open(f"{prefix}.index", "wb") as file:
        file.write(table(entries, block_size))
    for i, content in enumerate(data):
        with open(f"{prefix}.data-{i:05}-of-{shards:05}", "wb") as file:
            file.write(content)
