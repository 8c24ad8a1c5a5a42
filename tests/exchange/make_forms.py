"""Writes the weights of one file in the forms in which people have them.

    make_forms.py keras IN.safetensors FOLDER   of names as Keras gives them (needs h5py)
    make_forms.py torch IN.safetensors FOLDER   of names as PyTorch has them (needs torch)
    make_forms.py slim IN.safetensors FOLDER    of names as TF-slim has them (needs crc32c)

Tensors of IN are float32 in PyTorch's layout; every file written holds the same values.
"""
import argparse
import collections
import datetime
import json
import pathlib
import pickle
import re
import sys
import tarfile
import zipfile

import numpy as np

KERAS_TYPES = (("separable_conv_[12]_bn|_bn", "batch_normalization"), ("^separable", "separable_conv2d"),
               ("^predictions", "dense"), ("", "conv2d"))
KERAS_WEIGHTS = {"kernel": 0, "bias": 1, "depthwise_kernel": 0, "pointwise_kernel": 1, "gamma": 0,
                 "beta": 1, "moving_mean": 2, "moving_variance": 3}


def read_safetensors(path):
    raw = pathlib.Path(path).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    for name, entry in json.loads(raw[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            yield name, np.frombuffer(raw[8 + length + begin:8 + length + end],
                                      np.float32).reshape(entry["shape"])


def to_keras(name, values):
    if name.endswith(("depthwise_kernel", "depthwise_weights")):
        return values.transpose(2, 3, 0, 1)
    return values.transpose(2, 3, 1, 0) if values.ndim == 4 else values.T


def write_keras_3(tensors, path, named):
    """Layers by class and number, with their own names as attributes or, as Keras before 3.6,
    without."""
    import h5py

    with h5py.File(path, "w") as file:
        numbers, groups = collections.Counter(), {}
        for name, values in tensors.items():
            layer, weight = name.split("/")
            if layer not in groups:
                kind = next(kind for mark, kind in KERAS_TYPES if re.search(mark, layer))
                number = numbers[kind]
                numbers[kind] += 1
                group = file.create_group(f"layers/{kind}" + (f"_{number}" if number else ""))
                groups[layer] = group.create_group("vars")
                if named:
                    groups[layer].attrs["name"] = layer
            groups[layer][str(KERAS_WEIGHTS[weight])] = values
        file.create_group("vars")
        file.create_dataset("optimizer/vars/0", data=np.int64(7))


def write_keras_shards(whole, index):
    """A layer's weights in turn into two files, of which only the first says the layer's name."""
    import h5py

    shards = [index.with_name(f"{index.stem.split('.')[0]}_{n:05}.weights.h5") for n in range(2)]
    files = [h5py.File(shard, "w") for shard in shards]
    weight_map = {}
    with h5py.File(whole) as source:
        for layer, group in source["layers"].items():
            place = f"layers/{layer}/vars"
            weight_map["/" + place] = [shard.name for shard in shards]
            for i, (weight, values) in enumerate(group["vars"].items()):
                files[i % 2][f"{place}/{weight}"] = values[()]
            files[0][place].attrs["name"] = group["vars"].attrs["name"]
    for file in files:
        file.close()
    index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def write_keras(tensors, folder):
    import h5py

    tensors = {name: to_keras(name, values) for name, values in tensors.items()}
    filters = {"plain": {}, "gzip": {"compression": "gzip", "shuffle": True, "fletcher32": True},
               "lzf": {"compression": "lzf"}}
    for form, options in filters.items():
        with h5py.File(folder / f"{form}.h5", "w") as file:
            for name, values in tensors.items():
                layer, weight = name.split("/")
                # Of several chunks, the last of them over the edge.
                if options:
                    options["chunks"] = tuple(edge // 2 + 1 for edge in values.shape)
                file.create_dataset(f"model_weights/{layer}/scope_1/{layer}/{weight}:0", data=values,
                                    **options)
    with h5py.File(folder / "nested.h5", "w") as file:
        for name, values in tensors.items():
            layer, weight = name.split("/")
            inner = f"dense_3/dense_3/{weight}:0" if layer == "predictions" else f"NASNet/{name}:0"
            file.create_dataset(f"model_weights/{inner}", data=values)
    write_keras_3(tensors, folder / "named.weights.h5", named=True)
    write_keras_shards(folder / "named.weights.h5", folder / "sharded.weights.json")
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", "{}")
        archive.write(folder / "named.weights.h5", "model.weights.h5")
    with zipfile.ZipFile(folder / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(1 << 26))
    np.savez(folder / "arrays.npz", **tensors)
    np.savez_compressed(folder / "packed.npz", **tensors)


class Net:
    """Stands for a class that the reader has not: it is pickled by name."""

    def __init__(self, **parts):
        self.__dict__.update(parts)


def module_of(tensors):
    """A module tree as torch.save(model) pickles it."""
    root = Net(_parameters={}, _buffers={}, _modules=collections.OrderedDict(), training=False)
    for name, tensor in tensors.items():
        *path, last = name.split(".")
        module = root
        for part in path:
            fresh = Net(_parameters={}, _buffers={}, _modules=collections.OrderedDict())
            module = module._modules.setdefault(part, fresh)
        (module._buffers if "running" in last else module._parameters)[last] = tensor
    return root


def write_averages(state, average, folder):
    """Averages as libraries keep them; their values are the state's and one more."""
    import torch

    learned = [name for name in state if "running" not in name]
    cells = {re.sub(r"^((?:reduction_)?cell_\w+)\.", r"\1._orig_mod.module.", name): values
             for name, values in state.items()}
    counters = {"decay": torch.tensor(0.99), "num_updates": torch.tensor(3)}
    forms = {
        # Of parameters in the order of the module, without names.
        "torch-ema.pth": {"model": state, "ema": {
            "decay": 0.99, "num_updates": 3, "shadow_params": [average[name] for name in learned],
            "collected_params": None}},
        "optimizer-ema.ckpt": {"state_dict": state, "optimizer_states": [
            {"ema": [average[name] for name in learned]}]},
        # Without the dots of the names, and of the modules above.
        "lit-ema.ckpt": {"state_dict": {
            **{"model." + name: values for name, values in state.items()},
            **{"model_ema." + name: values for name, values in counters.items()},
            **{"model_ema.model" + name.replace(".", ""): average[name] for name in learned}}},
        # Parameters and statistics apart.
        "composer-ema.pt": {"state": {"model": cells, "algorithms": [("EMA", {"ema_model": {
            "named_parameters_dict": {name: average[name] for name in learned},
            "named_buffers_dict": {name: values for name, values in average.items()
                                   if "running" in name}}})]}},
        "lightning-average.ckpt": {"current_model_state": state, "state_dict": average,
                                   "averaging_state": {"n_averaged": torch.tensor(3)}},
        "swa.pth": {"model": state, "second": {
            "n_averaged": torch.tensor(3),
            **{"module." + name: values for name, values in average.items()}}},
        "lost-average.pth": {"model": state, "ema": {"shadow_params": [
            average[name] for name in reversed(learned)]}},
    }
    for name, value in forms.items():
        torch.save(value, folder / name)


def write_torch(tensors, folder):
    import torch

    state = collections.OrderedDict((name, torch.from_numpy(values.copy()))
                                    for name, values in tensors.items())
    average = {name: values + 1 for name, values in state.items()}
    beside = {"args": argparse.Namespace(lr=0.1, out=pathlib.Path("x")), "metric": np.float64(0.5),
              "when": datetime.datetime(2024, 1, 2), "epoch": 3,
              "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}}
    flat, begin, views = torch.cat([values.reshape(-1) for values in state.values()]), 0, {}
    for name, values in state.items():
        views[name] = flat[begin:begin + values.numel()].view(values.shape)
        begin += values.numel()
    forms = {
        "plain.pth": state,
        "beside.pth.tar": {**beside, "state_dict": state},
        "lightning.ckpt": {**beside, "state_dict": {"model._orig_mod." + name: values
                                                    for name, values in state.items()}},
        "whole.pth": module_of(state),
        "shared.pth": views,
        "strided.pth": {name: values.contiguous(memory_format=torch.channels_last)
                        if values.ndim == 4 else values for name, values in state.items()},
    }
    for name, value in forms.items():
        torch.save(value, folder / name)
        torch.save(value, folder / ("old-" + name), _use_new_zipfile_serialization=False)
    torch.save({**beside, "state_dict": state, "state_dict_ema": average}, folder / "averaged.pth")
    write_averages(state, average, folder)
    arrays = {name: values.numpy() for name, values in state.items()}
    for protocol in (2, 4, 5):  # bytes as text, as bytes, as buffers
        with open(folder / f"arrays-{protocol}.pkl", "wb") as file:
            pickle.dump({"state_dict": arrays, "words": np.array(["a", "b"])}, file, protocol)
    np.save(folder / "arrays.npy", arrays, allow_pickle=True)
    columns = {name: np.asfortranarray(values) for name, values in arrays.items()}
    torch.save({"args": beside, "state_dict": columns}, folder / "arrays.pth.tar")
    torch.save({"args": beside, "state_dict": columns}, folder / "old-arrays.pth.tar",
               _use_new_zipfile_serialization=False)
    for part in range(2):
        torch.save({"x": torch.zeros(1)}, folder / f"x-0000{part + 1}-of-00002.bin")
    names = list(state)
    torch.save({name: state[name] for name in names[::2]}, folder / "pytorch_model-1.bin")
    torch.save({name: state[name] for name in names[1::2]}, folder / "pytorch_model-2.bin")
    index = {name: f"pytorch_model-{i % 2 + 1}.bin" for i, name in enumerate(names)}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": index}))
    torch.save({name: values.bfloat16() for name, values in state.items()}, folder / "bf16.pth")


def write_slim(tensors, folder):
    """Checkpoints of a training: its averages are the weights and one more; they have no running
    statistics."""
    from write_checkpoint import write_checkpoint

    values = {name: to_keras(name, array) for name, array in tensors.items()}
    learned = [name for name in values if "moving_" not in name]
    training = {**values, "global_step": np.int64(77), "beta1_power": np.float32(0.5),
                "aux_7/aux_logits/proj/weights": np.zeros((1, 1, 8, 128), np.float32)}
    for name in learned:
        training[name + "/RMSProp"] = training[name + "/Momentum"] = np.zeros_like(values[name])
    average = {name + "/ExponentialMovingAverage": values[name] + 1 for name in learned}
    write_checkpoint(folder / "plain.ckpt", values)
    write_checkpoint(folder / "half.ckpt", {n: v.astype(np.float16) for n, v in values.items()})
    write_checkpoint(folder / "double.ckpt", {n: v.astype(np.float64) for n, v in values.items()})
    write_checkpoint(folder / "training.ckpt-77", {**training, **average}, shards=3, block_size=900)
    # Not packed: real weights hardly can be, these could far too well.
    with tarfile.open(folder / "published.tar.gz", "w:gz", compresslevel=0) as archive:
        for file in sorted(folder.glob("training.ckpt-77.*")):
            archive.add(file, "nasnet/" + file.name)


def main():
    kind, source, folder = sys.argv[1:4]
    write = {"keras": write_keras, "torch": write_torch, "slim": write_slim}[kind]
    write(dict(read_safetensors(source)), pathlib.Path(folder))


main()
