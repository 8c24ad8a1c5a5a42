"""Scores of untrained networks in float64 by PyTorch's operators: what tests/scores compares with.

    torch_scores.py NETWORK.json...

Each file holds a graph's operators, its parameters with their values, and images, as
tests/scores/with_torch.h writes them. Prints a line a file: jacov, naswot and synflow, "nan" or
"-inf" where there is none. Nothing of nasnet takes part in the computation.
"""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def pads(op, before):
    """(left, right, top, bottom), as TensorFlow's SAME or PyTorch's rule wants them."""
    result = []
    for axis in ("width", "height"):
        if not op["same"]:
            result += [0, 0]
            continue
        window = (op["kernel_" + axis] - 1) * op["dilation"] + 1
        total = max((op[axis] - 1) * op["stride_" + axis] + window - before[axis], 0)
        begin = (window - 1) // 2 if op["centred"] else total // 2
        result += [begin, max(total - begin, 0)]
    return result


class Network:
    def __init__(self, file):
        self.operators = file["operators"]
        self.logits = file["logits"]
        self.parameters = [
            torch.tensor(p["values"]).reshape(p["shape"]) for p in file["parameters"]]
        shape = file["images"]["shape"]
        self.images = torch.tensor(file["images"]["values"]).reshape(shape)
        self.epsilon = file["epsilon"]

    def run(self, images, norms=True, codes=None):
        """The logits. Norms by the batch, or left out; `codes` takes the results of ReLUs."""
        values = []
        for op in self.operators[:self.logits + 1]:
            values.append(self.result(op, values, images, norms))
        if codes is not None:
            needed = {self.logits}
            for i in range(self.logits, -1, -1):
                if i not in needed:
                    continue
                needed.update(self.operators[i]["inputs"])
                if self.operators[i]["kind"] == "relu":
                    codes.append(values[i])
        return values[self.logits]

    def result(self, op, values, images, norms):
        kind = op["kind"]
        if kind == "input":
            return images
        x = values[op["inputs"][0]]
        before = self.operators[op["inputs"][0]]
        parameters = self.parameters[op["first_parameter"]:][:op["parameter_count"]]
        stride = (op["stride_height"], op["stride_width"])
        kernel = (op["kernel_height"], op["kernel_width"])
        if kind == "relu":
            return F.relu(x)
        if kind in ("conv", "depthwise"):
            groups = x.shape[1] if kind == "depthwise" else 1
            return F.conv2d(F.pad(x, pads(op, before)), parameters[0], None, stride, 0,
                            op["dilation"], groups)
        if kind == "batch_norm":
            if not norms:
                return x
            return F.batch_norm(x, None, None, parameters[0], parameters[1], True, 0,
                                self.epsilon)
        if kind == "bias":
            return x + parameters[0][:, None, None] if norms else x
        if kind in ("layer_norm", "instance_norm"):
            groups = 1 if kind == "layer_norm" else x.shape[1]
            return F.group_norm(x, groups, *parameters, self.epsilon) if norms else x
        if kind == "avg_pool":
            ones = torch.ones_like(x[:1, :1])
            cells = ones.new_ones(1, 1, *kernel)
            total = F.avg_pool2d(F.pad(x, pads(op, before)), kernel, stride) * (
                kernel[0] * kernel[1])
            count = F.conv2d(F.pad(ones, pads(op, before)), cells, None, stride)
            return total / (kernel[0] * kernel[1] if op["zeros"] else count)
        if kind == "max_pool":
            fill = 0.0 if op["zeros"] else -np.inf
            return F.max_pool2d(F.pad(x, pads(op, before), value=fill), kernel, stride)
        if kind == "subsample":
            offset = op["offset"]
            moved = F.pad(x, (0, 2, 0, 2))[:, :, offset:, offset:][:, :, ::2, ::2]
            return moved[:, :, :op["height"], :op["width"]]
        if kind == "add":
            return x + values[op["inputs"][1]]
        if kind == "concat":
            return torch.cat([values[i] for i in op["inputs"]], 1)
        if kind == "zero":
            return torch.zeros_like(x)
        if kind in ("drop_path", "dropout"):
            return x
        if kind == "global_pool":
            return x.mean((2, 3))
        if kind == "linear":
            return F.linear(x.flatten(1), *parameters)
        raise ValueError(kind)


def jacov(network):
    images = network.images.clone().requires_grad_(True)
    total = network.run(images).sum()
    if not total.requires_grad:  # nothing of the images is left
        return float("nan")
    total.backward()
    rows = images.grad.reshape(len(images), -1).numpy()
    with np.errstate(all="ignore"):
        correlations = np.corrcoef(rows)
    if not np.isfinite(correlations).all():
        return float("nan")
    v = np.linalg.eigvalsh(correlations)
    return -np.sum(np.log(v + 1e-5) + 1.0 / (v + 1e-5))


def naswot(network):
    codes = []
    network.run(network.images, codes=codes)
    agreeing = np.zeros((len(network.images),) * 2)
    for code in codes:
        x = (code.reshape(len(code), -1) > 0).double().numpy()
        agreeing += x @ x.T + (1 - x) @ (1 - x).T
    if np.linalg.matrix_rank(agreeing) < len(agreeing):
        return float("-inf")
    return np.linalg.slogdet(agreeing)[1]


def synflow(network):
    network.parameters = [p.abs().requires_grad_(True) for p in network.parameters]
    ones = torch.ones_like(network.images[:1])
    network.run(ones, norms=False).sum().backward()
    total = sum((p * p.grad).abs().sum() for p in network.parameters if p.grad is not None)
    return float(torch.log(torch.as_tensor(total)))


for name in sys.argv[1:]:
    with open(name) as file:
        network = Network(json.load(file))
    print(repr(float(jacov(network))), repr(float(naswot(network))), repr(synflow(network)))
