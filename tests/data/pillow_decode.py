"""Decodes all pictures of a folder with Pillow, upright and on white: pillow_decode.py FOLDER writes
each as raw RGB beside it (NAME.rgb) and sizes.json, in which those that Pillow refuses are null."""
import json
import pathlib
import sys
import warnings

import numpy as np
from PIL import Image, ImageOps

warnings.simplefilter("ignore")
try:
    import pillow_heif
    pillow_heif.register_heif_opener()
except ImportError:
    pass


def upright_rgb(path):
    with Image.open(path) as image:
        image.load()
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):
            values = np.asarray(image).astype(np.float64)
            image = Image.fromarray(np.floor(values / 257 + 0.5).astype(np.uint8))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image.convert("RGB")


folder = pathlib.Path(sys.argv[1])
sizes = {}
for path in sorted(folder.iterdir()):
    try:
        image = upright_rgb(path)
    except Exception:
        sizes[path.name] = None
        continue
    sizes[path.name] = image.size
    path.with_name(path.name + ".rgb").write_bytes(image.tobytes())
(folder / "sizes.json").write_text(json.dumps(sizes))
