"""Writes small pictures of every kind that Pillow can write: make_pictures.py FOLDER. Their names say
what they are; the sizes are odd, and no picture is its own mirror image."""
import pathlib
import struct
import sys

from PIL import Image, ImageDraw, PngImagePlugin

folder = pathlib.Path(sys.argv[1])
ORIENTATION = 0x0112


def photo(width, height):
    """Smooth colours with a few edges, as photographs have them."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x * 255 // width, y * 255 // height, (x * 7 + y * 13) % 256)
                   for y in range(height) for x in range(width)])
    draw = ImageDraw.Draw(image)
    draw.rectangle([1, 1, width // 3, height // 4], fill=(250, 30, 20))
    draw.ellipse([width // 2, height // 2, width - 2, height - 3], fill=(20, 60, 240))
    return image


def alpha_of(image):
    return Image.frombytes("L", image.size, bytes(
        (x * 255 // image.width + 40 * (y % 3)) % 256
        for y in range(image.height) for x in range(image.width)))


def with_alpha(image):
    image = image.copy()
    image.putalpha(alpha_of(image))
    return image


def deep(image):
    """16 bits of grey, none of which is a multiple of 257."""
    return Image.frombytes("I;16", image.size, b"".join(
        struct.pack("<H", (x * 1999 + y * 7919 + 100) % 65536)
        for y in range(image.height) for x in range(image.width)))


def exif(orientation):
    block = Image.Exif()
    block[ORIENTATION] = orientation
    return block


def write(name, image, **settings):
    image.save(folder / name, **settings)


rgb = photo(37, 23)
grey = rgb.convert("L")
palette = rgb.convert("P", palette=Image.ADAPTIVE, colors=50)
wide = photo(96, 64)

for name, image in {"bilevel": rgb.convert("1"), "grey": grey, "palette": palette, "rgb": rgb,
                    "rgba": with_alpha(rgb), "grey-alpha": with_alpha(grey),
                    "deep": deep(rgb)}.items():
    write(f"{name}.png", image)
for bits in (1, 2, 4):
    write(f"palette-{bits}-bits.png", rgb.quantize(2**bits), bits=bits)
write("palette-transparent.png", palette, transparency=bytes(range(0, 250, 5)))
write("palette-one-transparent.png", palette, transparency=3)
write("grey-transparent.png", grey, transparency=grey.getpixel((5, 5)))
write("rgb-transparent.png", rgb, transparency=rgb.getpixel((5, 5)))
for chunk, content in {"gAMA": struct.pack(">I", 100000), "sRGB": b"\0"}.items():
    info = PngImagePlugin.PngInfo()
    info.add(chunk.encode(), content)
    write(f"{chunk}.png", rgb, pnginfo=info)
write("animated.png", rgb, save_all=True, append_images=[rgb.rotate(180)])

for quality in (10, 75, 100):
    for sampling in (0, 1, 2):
        write(f"q{quality}-sampling{sampling}.jpg", rgb, quality=quality, subsampling=sampling)
write("progressive.jpg", wide, progressive=True)
write("grey.jpg", grey)
write("cmyk.jpg", rgb.convert("CMYK"), quality=90)
write("restarts.jpg", wide, restart_marker_blocks=1)
for size in [(1, 1), (1, 9), (8, 8), (17, 3)]:
    write(f"{size[0]}x{size[1]}.jpg", photo(*size) if min(size) > 4 else Image.new("RGB", size, "teal"))

write("lossy.webp", wide, quality=70)
write("lossless.webp", rgb, lossless=True)
write("lossy-alpha.webp", with_alpha(wide), quality=70)
write("lossless-alpha.webp", with_alpha(rgb), lossless=True)
write("animated.webp", wide, save_all=True, append_images=[wide.rotate(180)], quality=80)

write("palette.gif", palette)
write("grey.gif", grey)
write("straight.gif", palette, interlace=0)
write("transparent.gif", palette, transparency=7)
write("animated.gif", palette, save_all=True, append_images=[palette.rotate(180)])
write("two-colours.gif", rgb.convert("1"))

for name, image in {"bilevel": rgb.convert("1"), "grey": grey, "palette": palette, "rgb": rgb,
                    "rgba": with_alpha(rgb)}.items():
    write(f"{name}.bmp", image)

for name, image in {"bilevel": rgb.convert("1"), "grey": grey, "palette": palette, "rgb": rgb,
                    "rgba": with_alpha(rgb), "cmyk": rgb.convert("CMYK"), "deep": deep(rgb)}.items():
    for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        write(f"{name}-{packing}.tif", image, compression=packing)
write("grey-alpha.tif", with_alpha(grey))  # which libtiff leaves as it is
with_alpha(rgb).convert("RGBX").save(folder / "fourth-sample.tif")
write("fax.tif", rgb.convert("1"), compression="group4")
write("jpeg.tif", wide, compression="jpeg", quality=90)
write("pages.tif", rgb, save_all=True, append_images=[wide])

for sampling in ("4:4:4", "4:2:2", "4:2:0"):
    write(f"{sampling.replace(':', '')}.avif", wide, subsampling=sampling, quality=80)
write("grey.avif", grey, subsampling="4:0:0")
write("alpha.avif", with_alpha(wide), quality=80)
write("animated.avif", wide, save_all=True, append_images=[wide.rotate(180)])

for orientation in range(1, 9):
    block = exif(orientation)
    write(f"turned-{orientation}.jpg", wide, exif=block, quality=95)
    write(f"turned-{orientation}.png", rgb, exif=block)
    write(f"turned-{orientation}.webp", wide, exif=block, lossless=True)
    write(f"turned-{orientation}.avif", wide, exif=block, quality=95)
    write(f"turned-{orientation}.tif", rgb, tiffinfo={ORIENTATION: orientation})
    # XMP, as an attribute and as an element, and ImageMagick's text of EXIF.
    attribute, element = (f"<x:xmpmeta><rdf:Description {text}</x:xmpmeta>" for text in (
        f'tiff:Orientation="{orientation}"/>', f"><tiff:Orientation>{orientation}</tiff:Orientation>"))
    for ending, image in {"jpg": wide, "webp": wide, "avif": wide}.items():
        write(f"xmp-{orientation}.{ending}", image, xmp=attribute.encode())
    write(f"xmp-{orientation}.tif", rgb, tiffinfo={700: element.encode()})
    for packed in (False, True):
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", element if packed else attribute, zip=packed)
        write(f"xmp-{orientation}-{packed}.png", rgb, pnginfo=info)
        profile = block.tobytes()
        info = PngImagePlugin.PngInfo()
        info.add_text("Raw profile type exif", f"\nexif\n{len(profile):8}\n{profile.hex()}\n",
                      zip=packed)
        write(f"profile-{orientation}-{packed}.png", rgb, pnginfo=info)
write("exif-and-xmp.jpg", wide, exif=exif(6), xmp=b'<x tiff:Orientation="3"/>')
write("upright-exif-and-xmp.jpg", wide, exif=exif(1), xmp=b'<x tiff:Orientation="3"/>')
write("turned-and-xmp.avif", wide, exif=exif(6), xmp=b'<x tiff:Orientation="3"/>')

try:
    import pillow_heif
    pillow_heif.register_heif_opener()
    write("444.heic", wide, chroma=444, quality=90)
    write("420.heic", wide, quality=90)
    write("alpha.heic", with_alpha(wide), chroma=444, quality=90)
    for orientation in range(1, 9):
        write(f"turned-{orientation}.heic", wide, exif=exif(orientation), chroma=444, quality=95)
except ImportError:
    print("pillow_heif is not there: no HEIC")


def bitmap(name, width, height, bits, pixels, compression=0, palette=b"", masks=b"", core=False,
           length=40):
    if core:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", length, width, height, 1, bits, compression, len(pixels),
                             0, 0, len(palette) // 4, 0)
    start = 14 + len(header) + len(masks) + len(palette)
    (folder / name).write_bytes(
        b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + masks + palette +
        pixels)


colours = b"".join(bytes([i * 16, 255 - i * 9, i * 3, 0]) for i in range(16))
fifteen = b"".join(struct.pack("<H", (i * 2477) % 32768) for i in range(6 * 5))
bitmap("555.bmp", 6, 5, 16, fifteen)
bitmap("565.bmp", 6, 5, 16, b"".join(struct.pack("<H", (i * 4999) % 65536) for i in range(30)),
       compression=3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f))
bitmap("1555.bmp", 6, 5, 16, bytes(range(60)), compression=3, length=56,
       masks=struct.pack("<IIII", 0x7c00, 0x3e0, 0x1f, 0x8000))
bitmap("runs-without-end.bmp", 4, 2, 8, bytes([4, 4, 0, 0, 4, 5]), compression=1, palette=colours)
bitmap("top-down.bmp", 3, -2, 24, bytes(range(24)))
bitmap("core.bmp", 3, 2, 24, bytes(range(24)), core=True)
bitmap("4-bits.bmp", 5, 3, 4, bytes(range(1, 13)), palette=colours)
bitmap("32-bits.bmp", 2, 2, 32, bytes(range(50, 66)))
# Runs: 3 of colour 5, two in the open, a step of 1 right and 1 up, the rest of a line, the end.
bitmap("runs-8.bmp", 7, 4, 8,
       bytes([3, 5, 0, 3, 1, 2, 4, 0, 1, 9, 0, 0, 0, 2, 2, 1, 4, 8, 0, 0, 7, 11, 0, 1]),
       compression=1, palette=colours)
bitmap("runs-4.bmp", 7, 3, 4, bytes([5, 0x12, 2, 0x77, 0, 0, 7, 0x3b, 0, 0, 0, 4, 0x45, 0x67, 3, 0xaa, 0, 1]),
       compression=2, palette=colours)

# A frame that covers the middle of its screen: once with a transparent colour, once without.
frame = Image.new("P", (4, 3))
frame.putpalette([i * 40 for i in range(6)] * 3)
frame.putdata([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
for name, settings in {"part": {}, "part-transparent": {"transparency": 4}}.items():
    write(f"{name}.gif", frame, interlace=0, **settings)
    content = bytearray((folder / f"{name}.gif").read_bytes())
    content[6:10] = struct.pack("<HH", 9, 7)
    at = content.index(b",\0\0\0\0\x04\0\x03\0")
    content[at + 1:at + 5] = struct.pack("<HH", 2, 1)
    (folder / f"{name}.gif").write_bytes(content)
