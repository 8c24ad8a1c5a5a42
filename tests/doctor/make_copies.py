"""Writes scenes and copies of them, as people make them, into a folder.

make_copies.py FOLDER: FOLDER/train/CLASS/NN.png are scenes of shapes over fractal ground, and
FOLDER/test/CHANGE/NN.* one copy of each by Pillow. Half of the scenes have a copy.
"""

import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

SCENES, EDGE = 80, 192


def scene(seed):
    chance = random.Random(seed)
    image = Image.new("RGB", (EDGE, EDGE))
    for size in (3, 6, 12, 24, 48):
        noise = Image.new("RGB", (size, size))
        noise.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(size * size)])
        image = Image.blend(image, noise.resize((EDGE, EDGE), Image.BICUBIC), 3 / (3 + size**0.5))
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randrange(3, 9)):
        x, y = chance.randrange(EDGE), chance.randrange(EDGE)
        box = (x, y, x + chance.randrange(20, 90), y + chance.randrange(20, 90))
        colour = tuple(chance.randrange(256) for _ in range(3))
        getattr(draw, chance.choice(("ellipse", "rectangle")))(box, fill=colour)
    return image.filter(ImageFilter.GaussianBlur(1))


def crop(image, share):
    cut = round(EDGE * share)
    return image.crop((cut, cut, EDGE - cut, EDGE - cut))


CHANGES = {
    "half": lambda image: image.resize((EDGE // 2, EDGE // 2), Image.LANCZOS),
    "sixth": lambda image: image.resize((EDGE // 6, EDGE // 6), Image.BILINEAR),
    "jpeg30": lambda image: image,
    "lighter": lambda image: ImageEnhance.Brightness(image).enhance(1.25),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.6),
    "contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(3)),
    "crop2": lambda image: crop(image, 0.02),
    "crop4": lambda image: crop(image, 0.04),
    "mirrored": ImageOps.mirror,
}


def main():
    folder = Path(sys.argv[1])
    scenes = [scene(seed) for seed in range(SCENES)]
    for number, image in enumerate(scenes):
        path = folder / "train" / ("even" if number % 2 == 0 else "odd") / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    for name, change in CHANGES.items():
        for number in range(0, SCENES, 2):
            path = folder / name / "even" / f"{number:02}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if name == "jpeg30":
                scenes[number].save(path.with_suffix(".jpg"), quality=30)
            else:
                change(scenes[number]).save(path.with_suffix(".png"))


main()
