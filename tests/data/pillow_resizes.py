"""What Pillow makes of noise at other sizes: pillow_resizes.py FOLDER writes cases.json and, as raw
RGB, the source and the result of each case. Cropping is torchvision's Resize and CenterCrop."""
import json
import math
import pathlib
import random
import sys

from PIL import Image, ImageOps

folder = pathlib.Path(sys.argv[1])
generator = random.Random(7)
FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def crop(image, width, height, central, filter):
    cover_w, cover_h = math.floor(width / central), math.floor(height / central)
    if image.width * cover_h <= image.height * cover_w:
        size = cover_w, int(cover_w * image.height / image.width)
    else:
        size = int(cover_h * image.width / image.height), cover_h
    left, top = int(round((size[0] - width) / 2)), int(round((size[1] - height) / 2))
    return image.resize(size, filter).crop((left, top, left + width, top + height))


def stretch(image, width, height, central, filter):
    x, y = central * image.width, central * image.height
    box = ((image.width - x) / 2, (image.height - y) / 2,
           (image.width + x) / 2, (image.height + y) / 2)
    return image.resize((width, height), filter, box=box)


def pad(image, width, height, central, filter):
    return ImageOps.pad(image, (width, height), filter)


cases = []
for source in [(1, 1), (2, 1), (7, 5), (64, 48), (31, 97), (300, 7), (5, 400), (331, 331)]:
    image = Image.frombytes("RGB", source, generator.randbytes(3 * source[0] * source[1]))
    for width, height in [(1, 1), (3, 4), (32, 32), (33, 20), (96, 96)]:
        for name, filter in FILTERS.items():
            for how, central in [(crop, 1), (crop, 0.911), (crop, 0.875), (stretch, 1),
                                 (stretch, 0.5), (pad, 1)]:
                if how is crop and central != 1 and width < 32:
                    continue  # torchvision's cover would be the crop itself
                if how is pad and max(source) >= 2 * min(source) * max(width, height):
                    continue  # a line that is thinner than a pixel vanishes in Pillow
                number = len(cases)
                (folder / f"{number}.in").write_bytes(image.tobytes())
                result = how(image, width, height, central, filter)
                (folder / f"{number}.out").write_bytes(result.tobytes())
                cases.append({"from": source, "to": [width, height], "resize": how.__name__,
                              "interpolation": name, "central_crop": central})
(folder / "cases.json").write_text(json.dumps(cases))
