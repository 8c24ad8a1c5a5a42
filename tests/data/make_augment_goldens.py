"""Golden numbers of augmentation, once: make_augment_goldens.py torchvision|tensorflow prints lines
for augment_goldens.h. torchvision's wants Pillow before 13 (and timm), TensorFlow's tensorflow-cpu."""
import os
import sys

import numpy as np


def picture(width, height):
    """As make_picture() of augment_goldens.h."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * 7 + y * 13 + c * 50 + (x * y) % 31 * 3) % 230 + 10).astype(np.uint8)


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"0x{value:016x}"


def of_torchvision():
    import torch
    from PIL import Image
    from timm.data import create_transform
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms import autoaugment as aa

    image = Image.fromarray(picture(37, 29))
    spaces = {"trivial": aa.TrivialAugmentWide()._augmentation_space(31),
              "rand": None}
    try:
        spaces["rand"] = aa.RandAugment()._augmentation_space(31, (29, 37))
    except TypeError:
        spaces["rand"] = aa.RandAugment()._augmentation_space(31, [29, 37])
    for space, operations in spaces.items():
        for name, (magnitudes, signed) in operations.items():
            outputs = b""
            values = magnitudes if magnitudes.ndim else torch.zeros(31)
            for magnitude in values:
                for sign in (1, -1) if signed else (1,):
                    outputs += aa._apply_op(image, name, sign * float(magnitude),
                                            InterpolationMode.NEAREST, None).tobytes()
            print(f'    {{"{space} {name}", {fnv(outputs)}}},')
    for size, share in ((224, 0.875), (331, 0.911)):
        transform = create_transform(size, crop_pct=share, interpolation="bicubic")
        transform.transforms = transform.transforms[:2]
        out = transform(Image.fromarray(picture(500, 375)))
        print(f'    {{"timm {size}", {fnv(out.tobytes())}}},')


def of_tensorflow():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf
    v1 = tf.compat.v1

    def legacy(values, height, width):
        values = np.asarray(values, np.float32)[None]
        return v1.image.resize_bilinear(values, [height, width], align_corners=False).numpy()[0]

    line = np.array([10, 60, 110, 160, 210], np.float32)[None, :, None]
    for width in (3, 8):
        print("legacy", width, np.floor(legacy(line, 1, width)[0, :, 0] + 0.5).astype(int).tolist())
    image = picture(61, 47).astype(np.float32) / 255
    cut = tf.image.central_crop(image, 0.875).numpy()
    out = np.floor(legacy(cut, 24, 20) * 255 + 0.5).astype(np.uint8)
    print("slim", cut.shape, fnv(out.tobytes()), out[0, :4].tolist())
    p = np.array([[[0.8, 0.4, 0.2], [0.1, 0.5, 0.9], [0.3, 0.3, 0.3], [1.1, 0.05, -0.1],
                   [0.2, 0.7, 0.6], [0.9, 0.1, 0.85]]], np.float32)

    def show(name, values):
        print(f'    {{"{name}", {{{", ".join(f"{v:.6f}f" for v in values.numpy().ravel())}}}}},')

    for factor in (0.5, 1.5):
        show(f"saturation {factor}", tf.image.adjust_saturation(p, factor))
    for turn in (0.1, -0.2):
        show(f"hue {turn}", tf.image.adjust_hue(p, turn))
    show("contrast 1.5", tf.image.adjust_contrast(p, 1.5))
    show("brightness -0.1", tf.image.adjust_brightness(p, -0.1))

    def deciles(height, width, count=20000):
        def one(_):
            begin, size, _ = tf.image.sample_distorted_bounding_box(
                [height, width, 3], [[[0.0, 0, 1, 1]]], min_object_covered=0.1,
                aspect_ratio_range=(0.75, 1.33), area_range=(0.05, 1.0), max_attempts=100)
            return tf.concat([begin[:2], size[:2]], 0)
        r = tf.map_fn(one, tf.range(count), fn_output_signature=tf.int32).numpy()
        area = r[:, 2] * r[:, 3] / (height * width)
        return np.round(np.quantile(area, np.arange(0.1, 1, 0.1)), 3).tolist(), r[:, 0].max(), \
            r[:, 1].max()
    print("deciles", deciles(375, 500), deciles(500, 333))


{"torchvision": of_torchvision, "tensorflow": of_tensorflow}[sys.argv[1]]()
