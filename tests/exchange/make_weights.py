"""Writes the golden weights of NASNet-A as other programs would: the test's stand-in for the files
that people have.

    make_weights.py TENSORS.tsv FORMAT OUT [fault]

TENSORS.tsv lists every tensor with its names in TF-slim, Keras and PyTorch (Cadene). FORMAT: keras
(HDF5 with Keras' layers), torch (zip, names of Cadene), torch-old (the format before 1.6), timm
(safetensors, names of PyTorch), slim (TensorFlow's checkpoint of a training, with averages), slim-raw
(without them). `fault` spoils the file: missing, extra, shape, nan.
"""
import csv
import json
import struct
import sys

import numpy as np


def unit(name, count):
    """The golden numbers in [0, 1): a hash of the tensor's name and the element's index."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    x = (np.uint64(seed) + np.arange(count, dtype=np.uint64) * np.uint64(2654435761)) & np.uint64(
        0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x ^= x >> np.uint64(shift)
        x = x * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    return x.astype(np.float64) / 2.0**32


def golden(name, shape):
    """Values of a slim variable, in slim's layout."""
    u = unit(name, int(np.prod(shape)))
    last = name.split("/")[-1]
    if last == "depthwise_weights":
        values = (2 * u - 1) * np.sqrt(3.0 / (shape[0] * shape[1]))
    elif last in ("weights", "pointwise_weights"):
        values = (2 * u - 1) * np.sqrt(3.0 / np.prod(shape[:-1]))
    elif last in ("gamma", "moving_variance"):
        values = 0.5 + u
    elif last in ("beta", "moving_mean"):
        values = 0.2 * (2 * u - 1)
    elif last == "biases":
        values = 0.1 * (2 * u - 1)
    else:
        raise ValueError(name)
    return values.reshape(shape).astype(np.float32)


def to_torch(values, name):
    if name.endswith("depthwise_weights"):
        return np.ascontiguousarray(values.transpose(2, 3, 0, 1))
    if values.ndim == 4:
        return np.ascontiguousarray(values.transpose(3, 2, 0, 1))
    return np.ascontiguousarray(values.T) if values.ndim == 2 else values


def read_rows(path):
    with open(path) as file:
        for row in csv.DictReader(file, delimiter="\t"):
            shape = [int(edge) for edge in row["slim_shape"].split("x")]
            yield row, golden(row["slim_variable"], shape)


def write_keras(rows, out):
    import h5py

    with h5py.File(out, "w") as file:
        file.attrs["backend"] = b"tensorflow"
        for row, values in rows:
            layer = file.require_group(row["keras_layer"])
            inner = layer.require_group(row["keras_layer"])
            inner.create_dataset(row["keras_weight"] + ":0", data=values)


def write_slim(rows, out, averaged):
    """With the class that ImageNet has not before the others. Of a training, the golden values are
    the averages, and the raw ones are others."""
    from write_checkpoint import write_checkpoint

    tensors = {}
    for row, values in rows:
        name = row["slim_variable"]
        if name.startswith("final_layer/FC/"):
            values = np.concatenate([np.zeros_like(values[..., :1]), values], axis=-1)
        tensors[name] = values / 2 if averaged else values
        if averaged:
            tensors[name + "/ExponentialMovingAverage"] = values
            if "moving_" not in name:
                tensors[name + "/RMSProp"] = np.zeros_like(values)
    if averaged:
        tensors["global_step"] = np.int64(7)
    write_checkpoint(out, tensors, shards=2)


def state_dict(rows):
    tensors = {}
    for row, values in rows:
        tensors[row["pytorch_key_cadene"]] = to_torch(values, row["slim_variable"])
    return tensors


def write_torch(tensors, out, zipped):
    import collections

    import torch

    state = collections.OrderedDict()
    for key, values in tensors.items():
        state[key] = torch.from_numpy(values)
        if key.endswith("running_var"):
            state[key[: -len("running_var")] + "num_batches_tracked"] = torch.tensor(7)
    torch.save(state, out, _use_new_zipfile_serialization=zipped)


def write_safetensors(tensors, out):
    header, position = {}, 0
    for key, values in tensors.items():
        header[key] = {
            "dtype": "F32",
            "shape": list(values.shape),
            "data_offsets": [position, position + values.nbytes],
        }
        position += values.nbytes
    text = json.dumps(header).encode()
    with open(out, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(values.tobytes())


def main():
    tsv, form, out = sys.argv[1:4]
    fault = sys.argv[4] if len(sys.argv) > 4 else ""
    if form == "keras":
        write_keras(read_rows(tsv), out)
        return
    if form.startswith("slim"):
        write_slim(read_rows(tsv), out, averaged=form == "slim")
        return
    tensors = state_dict(read_rows(tsv))
    if fault == "missing":
        del tensors["cell_0.conv_1x1.bn.bias"]
    elif fault == "extra":
        tensors["cell_0.surplus.weight"] = np.zeros(3, np.float32)
    elif fault == "shape":
        tensors["cell_1.conv_1x1.bn.bias"] = np.zeros(3, np.float32)
    elif fault == "nan":
        tensors["cell_2.conv_1x1.bn.bias"][1] = np.nan
    elif fault == "all":
        del tensors["cell_0.conv_1x1.bn.bias"]
        tensors["cell_0.surplus.weight"] = np.zeros(3, np.float32)
        tensors["cell_1.conv_1x1.bn.bias"] = np.zeros(3, np.float32)
    if form == "timm":
        write_safetensors(tensors, out)
    else:
        write_torch(tensors, out, form == "torch")


main()
