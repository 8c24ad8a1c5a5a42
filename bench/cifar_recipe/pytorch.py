"""NASNet-A of the CIFAR stack in PyTorch, trained by the paper's recipe: the other side of
scripts/bench cifar_recipe. Written from the published description, without a line of the C++.

  pytorch.py SET --out FILE --cells N --filters F --epochs E [--seed S] [--threads T]
      trains on SET/train and measures on SET/test; the figures go to FILE as JSON
  pytorch.py SET --weights FILE.safetensors --mean R,G,B --deviation R,G,B --cells N --filters F
      measures weights that nasnet has trained: the share of test images that it gets right

SET holds a folder of 32 x 32 pictures for each class in train/ and test/. Names of tensors are
TF-slim's, with dots in place of slashes.
"""

import argparse
import json
import math
import os
import resource
import time

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

NORMAL = dict(
    blocks=[(0, 'sep5', 1, 'sep3'), (1, 'sep5', 1, 'sep3'), (0, 'avg', 1, 'skip'),
            (1, 'avg', 1, 'avg'), (0, 'sep3', 0, 'skip')],
    outputs=[1, 2, 3, 4, 5, 6])
REDUCTION = dict(
    blocks=[(0, 'sep5', 1, 'sep7'), (0, 'max', 1, 'sep7'), (0, 'avg', 1, 'sep5'),
            (3, 'skip', 2, 'avg'), (2, 'sep3', 0, 'max')],
    outputs=[3, 4, 5, 6])


class Weights(nn.Module):
    """One tensor called `weights`, `depthwise_weights` or the like, drawn as TF-slim draws it."""

    def __init__(self, **shapes):
        super().__init__()
        for name, shape in shapes.items():
            fan_out = shape[2] * shape[3] if name.startswith('depthwise') else \
                shape[0] * math.prod(shape[2:])
            sigma = math.sqrt(1.3 * 2 / fan_out)
            tensor = torch.empty(shape)
            nn.init.trunc_normal_(tensor, 0, sigma, -2 * sigma, 2 * sigma)
            self.register_parameter(name, nn.Parameter(tensor))


class Norm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))
        self.register_buffer('moving_mean', torch.zeros(channels))
        self.register_buffer('moving_variance', torch.ones(channels))

    def forward(self, x):
        return F.batch_norm(x, self.moving_mean, self.moving_variance, self.gamma, self.beta,
                            self.training, 0.1, 1e-5)


def same(x, kernel, stride, value=0.0):
    """Pads as TensorFlow does: where one side gets more, it is the right and lower one."""
    sides = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        sides += [total // 2, total - total // 2]
    return F.pad(x, sides, value=value) if any(sides) else x


class Pool(nn.Module):
    def __init__(self, kind, width_in, filters, stride):
        super().__init__()
        self.kind, self.stride = kind, stride
        self.fits = width_in == filters
        if not self.fits:
            self.add_module('1x1', Weights(weights=(filters, width_in, 1, 1)))
            self.bn_1 = Norm(filters)

    def forward(self, x):
        if self.kind == 'max':
            x = F.max_pool2d(same(x, 3, self.stride, -math.inf), 3, self.stride)
        elif self.stride == 1:
            x = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        else:
            seen = F.avg_pool2d(same(torch.ones_like(x[:1, :1]), 3, self.stride), 3, self.stride)
            x = F.avg_pool2d(same(x, 3, self.stride), 3, self.stride) / seen
        return x if self.fits else self.bn_1(F.conv2d(x, getattr(self, '1x1').weights))


class Separable(nn.Module):
    """Twice: ReLU, depthwise, pointwise, norm."""

    def __init__(self, kernel, width_in, filters, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride
        for layer, width in ((1, width_in), (2, filters)):
            size = f'{kernel}x{kernel}_{layer}'
            self.add_module('separable_' + size, Weights(
                depthwise_weights=(width, 1, kernel, kernel),
                pointwise_weights=(filters, width, 1, 1)))
            self.add_module('bn_sep_' + size, Norm(filters))

    def forward(self, x):
        for layer, stride in ((1, self.stride), (2, 1)):
            size = f'{self.kernel}x{self.kernel}_{layer}'
            part = getattr(self, 'separable_' + size)
            x = F.relu(x)
            x = F.conv2d(same(x, self.kernel, stride) if stride > 1 else x,
                         part.depthwise_weights, None, stride,
                         0 if stride > 1 else self.kernel // 2, 1, x.shape[1])
            x = getattr(self, 'bn_sep_' + size)(F.conv2d(x, part.pointwise_weights))
        return x


class Skip(nn.Module):
    def __init__(self, width_in, filters, stride):
        super().__init__()
        self.stride = stride
        self.fits = stride == 1 and width_in == filters
        if not self.fits:
            self.add_module('1x1', Weights(weights=(filters, width_in, 1, 1)))
            self.bn_1 = Norm(filters)

    def forward(self, x):
        if self.fits:
            return x
        return self.bn_1(F.conv2d(F.relu(x), getattr(self, '1x1').weights, None, self.stride))


def operation(kind, width_in, filters, stride):
    if kind.startswith('sep'):
        return Separable(int(kind[3:]), width_in, filters, stride)
    if kind == 'skip':
        return Skip(width_in, filters, stride)
    return Pool(kind, width_in, filters, stride)


class Block(nn.Module):
    def __init__(self, left, right):
        super().__init__()
        self.left, self.right = left, right


class Cell(nn.Module):
    def __init__(self, form, filters, stride, number, net, previous):
        """net, previous: (channels, size) of the last output and of the one before, or None."""
        super().__init__()
        self.form, self.filters, self.number = form, filters, number
        self.add_module('1x1', Weights(weights=(filters, net[0], 1, 1)))
        self.beginning_bn = Norm(filters)
        self.fit = 'as it is'
        width = net[0] if previous is None else filters
        if previous is not None and previous[1] != net[1]:
            self.fit = 'halve'
            self.path1_conv = Weights(weights=(filters // 2, previous[0], 1, 1))
            self.path2_conv = Weights(weights=(filters - filters // 2, previous[0], 1, 1))
            self.final_path_bn = Norm(filters)
        elif previous is not None and previous[0] != filters:
            self.fit = 'project'
            self.prev_1x1 = Weights(weights=(filters, previous[0], 1, 1))
            self.prev_bn = Norm(filters)
        widths = [filters, width] + [filters] * len(form['blocks'])
        for k, (a, left, b, right) in enumerate(form['blocks']):
            strides = [stride if state < 2 else 1 for state in (a, b)]
            self.add_module(f'comb_iter_{k}', Block(
                operation(left, widths[a], filters, strides[0]),
                operation(right, widths[b], filters, strides[1])))
        self.projects_output = 1 in form['outputs'] and width != filters
        if self.projects_output:
            self.cell_output = nn.Module()
            self.cell_output.reduction_1 = nn.Module()
            self.cell_output.reduction_1.path_conv = Weights(weights=(filters, width, 1, 1))
            self.cell_output.reduction_1.path_bn = Norm(filters)
        self.out = (filters * len(form['outputs']), -(-net[1] // stride))

    def forward(self, net, previous, keep):
        if previous is None:
            second = net
        elif self.fit == 'halve':
            x = F.relu(previous)
            second = self.final_path_bn(torch.cat([
                F.conv2d(x[:, :, ::2, ::2], self.path1_conv.weights),
                F.conv2d(F.pad(x, (0, 1, 0, 1))[:, :, 1::2, 1::2], self.path2_conv.weights)], 1))
        elif self.fit == 'project':
            second = self.prev_bn(F.conv2d(F.relu(previous), self.prev_1x1.weights))
        else:
            second = previous
        first = self.beginning_bn(F.conv2d(F.relu(net), getattr(self, '1x1').weights))
        states = [first, second]

        def apply(part, kind, x):
            x = part(x)
            if kind == 'skip' or not self.training or keep >= 1:
                return x
            mask = torch.floor(keep + torch.rand(len(x), 1, 1, 1)) / keep
            return x * mask

        for k, (a, left, b, right) in enumerate(self.form['blocks']):
            block = getattr(self, f'comb_iter_{k}')
            states.append(apply(block.left, left, states[a]) + apply(block.right, right, states[b]))
        if self.projects_output:
            part = self.cell_output.reduction_1
            states[1] = part.path_bn(F.conv2d(states[1], part.path_conv.weights))
        return torch.cat([states[k] for k in self.form['outputs']], 1)


class Linear(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.FC = Weights(weights=(classes, width))
        self.FC.biases = nn.Parameter(torch.zeros(classes))

    def forward(self, x):
        return F.linear(x, self.FC.weights, self.FC.biases)


class AuxiliaryHead(nn.Module):
    def __init__(self, width, size, classes):
        super().__init__()
        left = (size - 5) // 3 + 1
        self.aux_logits = logits = nn.Module()
        logits.proj = Weights(weights=(128, width, 1, 1))
        logits.aux_bn0 = Norm(128)
        logits.Conv = Weights(weights=(768, 128, left, left))
        logits.aux_bn1 = Norm(768)
        logits.FC = Linear(768, classes).FC

    def forward(self, x):
        part = self.aux_logits
        x = part.aux_bn0(F.conv2d(F.avg_pool2d(F.relu(x), 5, 3), part.proj.weights))
        x = part.aux_bn1(F.conv2d(F.relu(x), part.Conv.weights))
        return F.linear(F.relu(x).flatten(1), part.FC.weights, part.FC.biases)


class Network(nn.Module):
    def __init__(self, cells, filters, classes, final_keep):
        super().__init__()
        self.cells, self.final_keep = cells, final_keep
        self.l1_stem_3x3 = Weights(weights=(3 * filters, 3, 3, 3))
        self.l1_stem_bn = Norm(3 * filters)
        shapes, self.order = [None, (3 * filters, 32)], []
        for k in range(3 * cells):
            if k and k % cells == 0:
                filters *= 2
                self.append(f'reduction_cell_{k // cells - 1}', REDUCTION, filters, 2, shapes)
            self.append(f'cell_{k}', NORMAL, filters, 1, shapes)
            if k == 2 * cells - 1:
                self.auxiliary = f'aux_{k}'
                self.add_module(self.auxiliary, AuxiliaryHead(*shapes[-1], classes))
        self.final_layer = Linear(shapes[-1][0], classes)

    def append(self, name, form, filters, stride, shapes):
        self.add_module(name, Cell(form, filters, stride, len(self.order), shapes[-1], shapes[-2]))
        self.order.append(name)
        shapes.append(getattr(self, name).out)

    def forward(self, x, done=0.0):
        """done: the share of the training that is over."""
        net = self.l1_stem_bn(F.conv2d(x, self.l1_stem_3x3.weights, None, 1, 1))
        previous, auxiliary = None, None
        for name in self.order:
            cell = getattr(self, name)
            keep = 1 - (cell.number + 1) / len(self.order) * (1 - self.final_keep)
            keep = 1 - done * (1 - keep)
            previous, net = net, cell(net, previous, keep)
            if self.training and name == f'cell_{2 * self.cells - 1}':
                auxiliary = getattr(self, self.auxiliary)(net)
        return self.final_layer(F.relu(net).mean((2, 3))), auxiliary


def read(folder):
    pictures, labels = [], []
    for label, name in enumerate(sorted(os.listdir(folder))):
        for file in sorted(os.listdir(os.path.join(folder, name))):
            with Image.open(os.path.join(folder, name, file)) as picture:
                pictures.append(numpy.asarray(picture.convert('RGB')))
            labels.append(label)
    pixels = torch.from_numpy(numpy.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return pixels, torch.tensor(labels)


def augment(images, cutout):
    """Shifted by up to 4 pixels, mirrored, and a square blanked; of normalised images."""
    count, _, height, width = images.shape
    padded = F.pad(images, (4, 4, 4, 4))
    tops, lefts = torch.randint(0, 9, (count,)), torch.randint(0, 9, (count,))
    rows = (tops[:, None] + torch.arange(height))[:, None, :, None]
    mirrored = torch.rand(count) < 0.5
    columns = torch.arange(width).expand(count, -1)
    columns = torch.where(mirrored[:, None], width - 1 - columns, columns) + lefts[:, None]
    batch = padded[torch.arange(count)[:, None, None, None],
                   torch.arange(images.shape[1])[None, :, None, None],
                   rows, columns[:, None, None, :]]
    middle_y, middle_x = torch.randint(0, height, (count,)), torch.randint(0, width, (count,))

    def hit(middles, size):
        first = (middles - cutout // 2)[:, None]
        places = torch.arange(size)[None]
        return (places >= first) & (places < first + cutout)

    hole = hit(middle_y, height)[:, :, None] & hit(middle_x, width)[:, None, :]
    return batch.masked_fill(hole[:, None], 0.0)


def measure(network, pixels, labels, normalize):
    network.eval()
    with torch.no_grad():
        right = sum(int((network(normalize(pixels[k:k + 100]))[0].argmax(1) ==
                         labels[k:k + 100]).sum()) for k in range(0, len(labels), 100))
    network.train()
    return right / len(labels)


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def train(network, args):
    begin, used = time.monotonic(), processor_seconds()
    pixels, labels = read(os.path.join(args.set, 'train'))
    whole = pixels.double() / 255
    mean, deviation = whole.mean((0, 2, 3)).float(), whole.std((0, 2, 3), correction=0).float()
    del whole

    def normalize(part):
        return (part / 255 - mean[:, None, None]) / deviation[:, None, None]

    decayed = [p for name, p in network.named_parameters() if name.endswith('weights')]
    optimizer = torch.optim.SGD(network.parameters(), 0.025, 0.9, nesterov=True)
    steps_an_epoch = len(labels) // args.batch
    steps, step = steps_an_epoch * args.epochs, 0
    for epoch in range(args.epochs):
        order = torch.randperm(len(labels))
        for k in range(steps_an_epoch):
            chosen = order[k * args.batch:(k + 1) * args.batch]
            logits, auxiliary = network(augment(normalize(pixels[chosen]), args.cutout),
                                        step / steps)
            loss = F.cross_entropy(logits, labels[chosen]) + \
                0.4 * F.cross_entropy(auxiliary, labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter in decayed:
                    parameter.grad.add_(parameter, alpha=5e-4)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.param_groups[0]['lr'] = 0.0125 * (1 + math.cos(math.pi * step / steps))
            optimizer.step()
            step += 1
        print(f'epoch {epoch + 1}, loss {loss.item():.3f}, {processor_seconds() - used:.0f} '
              'processor seconds', flush=True)
    trained = processor_seconds() - used
    accuracy = measure(network, *read(os.path.join(args.set, 'test')), normalize)
    with open(args.out, 'w') as file:
        json.dump({'test_accuracy': accuracy, 'processor_seconds': trained,
                   'seconds': time.monotonic() - begin, 'pytorch': torch.__version__,
                   'parameters': sum(p.numel() for p in network.parameters())}, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('set')
    parser.add_argument('--out')
    parser.add_argument('--weights')
    parser.add_argument('--mean')
    parser.add_argument('--deviation')
    for name, otherwise in (('cells', 2), ('filters', 16), ('epochs', 20), ('seed', 1),
                            ('threads', 1), ('batch', 32), ('cutout', 16)):
        parser.add_argument('--' + name, type=int, default=otherwise)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    classes = len(os.listdir(os.path.join(args.set, 'train')))
    network = Network(args.cells, args.filters, classes, 0.6)
    if args.weights:
        from safetensors.torch import load_file
        tensors = {name.replace('/', '.'): value for name, value in load_file(args.weights).items()}
        network.load_state_dict(tensors)
        mean, deviation = (torch.tensor([float(v) for v in text.split(',')])[:, None, None]
                           for text in (args.mean, args.deviation))
        accuracy = measure(network, *read(os.path.join(args.set, 'test')),
                           lambda part: (part / 255 - mean) / deviation)
        print(json.dumps({'test_accuracy': accuracy}))
    else:
        train(network, args)


if __name__ == '__main__':
    main()
