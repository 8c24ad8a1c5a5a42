"""Makes golden_mobile.h: the answers of NASNet-A mobile (4@1056) with the golden weights to five
pictures, by slim's and by timm's rule of evaluation, and the losses of one training step. An
implementation of its own, in float64 by PyTorch's operators; Pillow resizes for timm's rule.
Nothing of nasnet takes part.

    golden_mobile.py TENSORS.tsv > golden_mobile.h

TENSORS.tsv: names and shapes of TF-slim's variables, ../shared/spec/nasnet-mobile-tensors.tsv.
Needs torch, numpy and pillow. First it checks itself by the published golden logits.
"""
import csv
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

SIZES = [(375, 500), (333, 500), (500, 331), (224, 224), (640, 427)]  # height, width
EPSILON = 1e-3


def unit(name, count):
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


def value(name, shape):
    u = unit(name, int(np.prod(shape)))
    kind = name.split("/")[-1]
    if kind == "depthwise_weights":
        values = (2 * u - 1) * np.sqrt(3.0 / (shape[0] * shape[1]))
    elif kind in ("weights", "pointwise_weights"):
        values = (2 * u - 1) * np.sqrt(3.0 / np.prod(shape[:-1]))
    elif kind in ("gamma", "moving_variance"):
        values = 0.5 + u
    elif kind == "biases":
        values = 0.1 * (2 * u - 1)
    else:
        values = 0.2 * (2 * u - 1)
    values = values.astype(np.float32).astype(np.float64)  # files hold float32
    return torch.from_numpy(values.reshape(shape))


class Mobile:
    """TF-slim's network, function by function; `training`: norms by the batch, no dropout."""

    def __init__(self, table):
        self.values = {}
        with open(table) as file:
            for row in csv.DictReader(file, delimiter="\t"):
                shape = [int(edge) for edge in row["slim_shape"].split("x")]
                self.values[row["slim_variable"]] = value(row["slim_variable"], shape)
        self.training = False

    def norm(self, x, scope):
        gamma, beta, mean, variance = (
            self.values[f"{scope}/{k}"]
            for k in ("gamma", "beta", "moving_mean", "moving_variance"))
        if self.training:
            mean = x.mean((0, 2, 3))
            variance = x.var((0, 2, 3), unbiased=False)
        scale = gamma / torch.sqrt(variance + EPSILON)
        return (x - mean[:, None, None]) * scale[:, None, None] + beta[:, None, None]

    def pad(self, x, kernel, stride, fill=0.0):
        pads = []
        for n in (x.shape[3], x.shape[2]):
            total = max((-(-n // stride) - 1) * stride + kernel - n, 0)
            pads += [total // 2, total - total // 2]
        return F.pad(x, pads, value=fill)

    def conv(self, x, name):
        return F.conv2d(x, self.values[name].permute(3, 2, 0, 1))

    def separable(self, x, scope, kernel, stride):
        for turn in (1, 2):
            name = f"{scope}/separable_{kernel}x{kernel}_{turn}"
            step = stride if turn == 1 else 1
            depthwise = self.values[name + "/depthwise_weights"].permute(2, 3, 0, 1)
            x = self.pad(F.relu(x), kernel, step)
            x = F.conv2d(x, depthwise, stride=step, groups=x.shape[1])
            x = self.norm(self.conv(x, name + "/pointwise_weights"),
                          f"{scope}/bn_sep_{kernel}x{kernel}_{turn}")
        return x

    def pool(self, x, kind, stride):
        if kind == "max":
            return F.max_pool2d(self.pad(x, 3, stride, -np.inf), 3, stride)
        total = F.avg_pool2d(self.pad(x, 3, stride), 3, stride)
        return total / F.avg_pool2d(self.pad(torch.ones_like(x), 3, stride), 3, stride)

    def factorized(self, x, scope):
        shifted = F.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        both = [self.conv(part[:, :, ::2, ::2], f"{scope}/path{i}_conv/weights")
                for i, part in ((1, x), (2, shifted))]
        return self.norm(torch.cat(both, 1), scope + "/final_path_bn")

    def operation(self, x, scope, name, stride, filters):
        kind, _, kernel = name.partition(" ")
        if kind == "sep":
            return self.separable(x, scope, int(kernel), stride)
        if kind == "none":
            if x.shape[1] == filters and stride == 1:
                return x
            return self.norm(self.conv(F.relu(x), scope + "/1x1/weights"), scope + "/bn_1")
        x = self.pool(x, kind, stride)
        if x.shape[1] != filters:
            x = self.norm(self.conv(x, scope + "/1x1/weights"), scope + "/bn_1")
        return x

    NORMAL = ([(0, "sep 5", 1, "sep 3"), (1, "sep 5", 1, "sep 3"), (0, "avg", 1, "none"),
               (1, "avg", 1, "avg"), (0, "sep 3", 0, "none")], (1, 2, 3, 4, 5, 6))
    REDUCTION = ([(0, "sep 5", 1, "sep 7"), (0, "max", 1, "sep 7"), (0, "avg", 1, "sep 5"),
                  (3, "none", 2, "avg"), (2, "sep 3", 0, "max")], (3, 4, 5, 6))

    def cell(self, net, before, scope, filters, reduction):
        state = before
        if before is None:
            state = net
        elif before.shape[2] != net.shape[2]:
            state = self.factorized(F.relu(before), scope)
        elif before.shape[1] != filters:
            projected = self.conv(F.relu(before), scope + "/prev_1x1/weights")
            state = self.norm(projected, scope + "/prev_bn")
        begun = self.conv(F.relu(net), scope + "/1x1/weights")
        states = [self.norm(begun, scope + "/beginning_bn"), state]
        blocks, kept = self.REDUCTION if reduction else self.NORMAL
        for number, (left, left_op, right, right_op) in enumerate(blocks):
            sides = []
            for side, index, op in (("left", left, left_op), ("right", right, right_op)):
                stride = 2 if reduction and index < 2 else 1
                place = f"{scope}/comb_iter_{number}/{side}"
                sides.append(self.operation(states[index], place, op, stride, filters))
            states.append(sides[0] + sides[1])
        return torch.cat([states[index] for index in kept], 1)

    def __call__(self, images):
        x = F.conv2d(images, self.values["conv0/weights"].permute(3, 2, 0, 1), stride=2)
        outputs = [None, self.norm(x, "conv0_bn")]

        def add(scope, filters, reduction):
            outputs.append(self.cell(outputs[-1], outputs[-2], scope, filters, reduction))

        add("cell_stem_0", 11, True)
        add("cell_stem_1", 22, True)
        filters = 44
        for number in range(12):
            if number in (4, 8):
                filters *= 2
                add(f"reduction_cell_{number // 4 - 1}", filters, True)
            add(f"cell_{number}", filters, False)
        pooled = F.relu(outputs[-1]).mean((2, 3))
        return pooled @ self.values["final_layer/FC/weights"] + self.values["final_layer/FC/biases"]


def picture(number):
    height, width = SIZES[number]
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    values = x * x * (c + 1) // 97 + y * (7 + 2 * c) + (x // 23) * (y // 17) * 11 + number * 31
    return (values % 256).astype(np.uint8)


def to_input(pixels):
    return torch.from_numpy(pixels.astype(np.float64) / 255 * 2 - 1).permute(2, 0, 1)[None]


def legacy(pixels, size):
    """TensorFlow 1's resize_bilinear; pixels stay fractions, which nasnet rounds to bytes."""
    for axis in (0, 1):
        n = pixels.shape[axis]
        source = np.arange(size) * (n / size)
        low = np.floor(source).astype(int)
        share = (source - low).reshape([-1 if k == axis else 1 for k in range(3)])
        high = np.minimum(low + 1, n - 1)
        pixels = pixels.take(low, axis) * (1 - share) + pixels.take(high, axis) * share
    return pixels


def slim_rule(pixels):
    for axis in (0, 1):
        n = pixels.shape[axis]
        cut = int(n * (1 - 0.875) / 2)
        pixels = pixels.take(range(cut, n - cut), axis)
    return legacy(pixels.astype(np.float64), 224)


def timm_rule(pixels):
    height, width = pixels.shape[:2]
    short = int(np.floor(224 / 0.911))
    longer = int(short * max(height, width) / min(height, width))
    size = (longer, short) if width > height else (short, longer)
    resized = np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
    top, left = (int(round((n - 224) / 2.0)) for n in resized.shape[:2])
    return resized[top:top + 224, left:left + 224]


def row(logits):
    logits = logits[0]
    first = ", ".join(f"{v:.9f}" for v in logits[:6].tolist())
    return f"{{{{{first}}}, {int(logits.argmax())}, {logits.max():.9f}, {logits.sum():.9f}}}"


def losses(network):
    """Before and after a step of SGD at 0.01 over the five pictures in slim's preparation, of classes
    3, 1, 4, 1, 5: cross-entropy with a tenth of smoothing, no decay, no clip."""
    images = torch.cat([to_input(np.floor(slim_rule(picture(k)) + 0.5)) for k in range(5)])
    labels = torch.tensor([3, 1, 4, 1, 5])
    network.training = True
    learned = [name for name in network.values
               if "moving_" not in name and not name.startswith("aux_")]
    for name in learned:
        network.values[name].requires_grad_()
    found = []
    for _ in range(2):
        loss = F.cross_entropy(network(images), labels, label_smoothing=0.1)
        found.append(loss.item())
        for value_ in (network.values[name] for name in learned):
            value_.grad = None
        loss.backward()
        norm = torch.sqrt(sum(network.values[name].grad.square().sum() for name in learned)).item()
        found.append(norm)
        with torch.no_grad():
            for name in learned:
                network.values[name] -= 0.01 * network.values[name].grad
    return found[0], found[1], found[2]


def main():
    torch.set_num_threads(2)
    network = Mobile(sys.argv[1])
    image = torch.from_numpy(2 * unit("input", 224 * 224 * 3) - 1).reshape(1, 224, 224, 3)
    image = image.permute(0, 3, 1, 2)
    with torch.no_grad():
        logits = network(image)[0]
    published = [1.310484828, -2.291150503, 0.017834434, 0.070379668, 1.25547261, -0.027908768]
    assert np.abs(logits[:6].numpy() - published).max() < 1e-4, logits[:6]
    print("#pragma once\n")
    print("// Made by golden_mobile.py.\n")
    print("#include <cstdint>\n#include <vector>\n")
    print("namespace nasnet::train {\n")
    print("/// The first six logits, the largest one's class, itself, and the sum of all.")
    print("struct GoldenLogits {\n  std::vector<double> first;\n  int64_t argmax;\n"
          "  double max, sum;\n};\n")
    for name, rule in (("slim", slim_rule), ("timm", timm_rule)):
        print(f"inline std::vector<GoldenLogits> golden_{name}_logits() {{\n  return {{")
        with torch.no_grad():
            for number in range(5):
                print(f"      {row(network(to_input(rule(picture(number)))))},")
        print("  };\n}\n")
    before, norm, after = losses(network)
    print("/// Of a step: the loss before it, the gradient's norm, the loss after it.")
    print(f"inline constexpr double kGoldenLoss = {before:.10f}, kGoldenNorm = {norm:.10g},")
    print(f"                        kGoldenLossAfter = {after:.10f};\n")
    print("}  // namespace nasnet::train")


main()
