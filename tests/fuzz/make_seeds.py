"""Writes small whole files for the fuzzers to start from, as the programs that people use write them:
make_seeds.py FOLDER. Those that need a package which is not there are left out, with a line."""
import gzip
import io
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

folder = pathlib.Path(sys.argv[1])
root = pathlib.Path(__file__).parents[2]
LARGEST = 6000  # bytes: larger seeds slow a fuzzer down


def place(target, name):
    path = folder / target
    path.mkdir(parents=True, exist_ok=True)
    return str(path / name)


def write(target, name, content):
    pathlib.Path(place(target, name)).write_bytes(content)


try:
    import h5py
    import numpy as np

    for version in ("earliest", "latest"):
        with h5py.File(place("fuzz_hdf5", version), "w", libver=version) as file:
            file.attrs["backend"] = b"tensorflow"
            for layer in ("stem_conv1", "stem_bn1", "predictions"):
                group = file.create_group(layer).create_group(layer)
                group.create_dataset("kernel:0", data=np.ones((1, 2, 3, 2), np.float32))
                group.create_dataset("bias:0", data=np.ones(2, np.float64))
    with h5py.File(place("fuzz_hdf5", "chunked"), "w") as file:
        file.create_dataset("a", data=np.ones((8, 8)), chunks=(4, 4), compression="gzip")
        file.create_dataset("b", data=np.arange(4))
    # As Keras 3 writes, with a name as attribute, and every filter that is read.
    with h5py.File(place("fuzz_hdf5", "keras3"), "w") as file:
        group = file.create_group("layers/conv2d_1/vars")
        group.attrs["name"] = "stem_conv1"
        group.create_dataset("0", data=np.ones((9, 5), np.float16), chunks=(4, 4),
                             compression="lzf", shuffle=True, fletcher32=True)
        group.create_dataset("1", data=np.zeros(7, np.float32), chunks=(3,), compression="gzip",
                             shuffle=True, fletcher32=True)
    archive = zipfile.ZipFile(place("fuzz_weights", "keras"), "w")
    archive.write(place("fuzz_hdf5", "keras3"), "model.weights.h5")
    archive.close()
    arrays = {"a": np.ones((2, 3), np.float32), "b": np.ones((3, 2), np.float16, order="F")}
    np.savez(place("fuzz_weights", "npz") + ".npz", **arrays)
    np.savez_compressed(place("fuzz_weights", "packed") + ".npz", **arrays)
except ImportError:
    print("seeds: no h5py")

try:
    import argparse
    import datetime

    import torch

    state = {"conv0.conv.weight": torch.ones(2, 3, 1, 1), "n": torch.tensor(3)}
    torch.save(state, place("fuzz_pickle", "stream"), _use_new_zipfile_serialization=False)
    beside = {"args": argparse.Namespace(lr=0.1), "when": datetime.date(2024, 1, 2),
              "state_dict": state, "state_dict_ema": state, "views": list(torch.ones(6).split(2))}
    torch.save(beside, place("fuzz_weights", "torch"))
    torch.save(torch.nn.Linear(2, 3), place("fuzz_pickle", "module"),
               _use_new_zipfile_serialization=False)
    buffer = io.BytesIO()
    torch.save({"epoch": 3, **beside}, buffer)
    with zipfile.ZipFile(buffer) as archive:
        name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
        with open(place("fuzz_pickle", "zip"), "wb") as file:
            file.write(archive.read(name))
except ImportError:
    print("seeds: no torch")

try:
    import numpy as np

    sys.path.append(str(root / "tests/exchange"))
    import write_checkpoint as checkpoint

    entries, data = checkpoint.bundle({"conv0/weights": np.ones((1, 1, 2, 3), np.float32),
                                       "conv0/weights/RMSProp": np.zeros(3, np.float16),
                                       "global_step": np.int64(7)})
    content = re.sub(r'"\s*"', "", (root / "tests/exchange/tensorflow_files.h").read_text())
    saver, saver_data, objects, objects_data = (
        bytes.fromhex(digits) for digits in re.findall(r'from_hex\(\s*"(\w+)"', content))
    for name, index, values in (("own", checkpoint.table(entries), data[0]),
                                ("saver", saver, saver_data), ("objects", objects, objects_data)):
        block = index[:index.index(b"\0\0\0\0\1\0\0\0") + 8]
        for kind, part in enumerate((index, block)):  # as fuzz_checkpoint.cpp takes them apart
            write("fuzz_checkpoint", f"{name}-{kind}",
                  bytes([kind, len(part) & 255, len(part) >> 8]) + part + values)
except ImportError:
    print("seeds: no crc32c")

# Pictures of every kind, by the Pillow that the tests compare with.
pillow = root / "build/oracles/bin/python"
if pillow.exists():
    target = pathlib.Path(place("fuzz_image", "x")).parent
    subprocess.run([pillow, root / "tests/data/make_pictures.py", target], check=False)
    for path in target.iterdir():
        if path.stat().st_size > LARGEST:
            path.unlink()
else:
    print("seeds: no Pillow; scripts/oracles installs it")

# A model of ONNX with one node, by hand: the fields are those of onnx.proto.
def field(number, data):
    return bytes([number << 3 | 2, len(data)]) + data


shape = field(2, field(1, field(2, b"N")) + field(1, b"\x08\x03"))
value = lambda name: field(1, name) + field(2, field(1, b"\x08\x01" + shape))
node = field(1, b"images") + field(2, b"logits") + field(4, b"Relu") + field(
    5, field(1, b"axis") + b"\x18\x01\xa0\x01\x02")
tensor = b"\x08\x01\x10\x01" + field(8, b"c") + field(9, b"\0\0\x80\x3f")
graph = field(1, node) + field(5, tensor) + field(11, value(b"images")) + field(
    12, value(b"logits"))
write("fuzz_onnx", "relu", b"\x08\x08" + field(8, b"\x10\x11") + field(7, graph))

# TensorFlow's Example of an image, as the content of a record.
feature = lambda name, kind, value: field(1, field(1, name) + field(2, field(kind, field(1, value))))
write("fuzz_tfrecord", "slim", b"\0" + field(1, feature(b"image/class/label", 3, b"\x07") + feature(
    b"image/encoded", 1, b"picture") + feature(b"image/class/synset", 1, b"n01")))

# Archives with names, links and packings of several kinds.
for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
    with zipfile.ZipFile(place("fuzz_archive", f"zip-{method}"), "w", method) as archive:
        archive.writestr("cat/1.png", b"a" * 40)
        archive.writestr("\u00c4pfel/2.png", b"b")
        archive.writestr("labels.csv", b"c")
        link = zipfile.ZipInfo("dog")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "cat")
for kind in ("", "gz", "bz2", "xz"):
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        name = place("fuzz_archive", f"tar-{kind}-{form}")
        with tarfile.open(name, f"w:{kind}", format=form) as archive:
            for path, type_, target in (("cat/1.png", tarfile.REGTYPE, ""),
                                        ("cat/2.png", tarfile.LNKTYPE, "cat/1.png"),
                                        ("dog", tarfile.SYMTYPE, "cat"),
                                        ("\u00c4" * 30 + "/x.png", tarfile.REGTYPE, ""),
                                        ("pipe", tarfile.FIFOTYPE, "")):
                member = tarfile.TarInfo(path)
                member.type, member.linkname = type_, target
                member.size = 3 if type_ == tarfile.REGTYPE else 0
                archive.addfile(member, io.BytesIO(b"abc"))
for seed in pathlib.Path(place("fuzz_archive", "x")).parent.iterdir():
    write("fuzz_packed", seed.name, seed.read_bytes())

for name, text in (("csv", b"\0file,label,split\n1.png,cat,train\n\"2.png\",\"a \"\"dog\"\"\",test\n"),
                   ("names", b"\1train/1.png\ntrain/2\n"),
                   ("json_lines", b"\2{\"file_name\": \"1.png\", \"label\": 1}\n"),
                   ("classes", b"\3\xef\xbb\xbf0 cat\r\n1 dog\r\n"),
                   ("json", b"\4[{\"file\": \"1.png\", \"label\": 1}, [\"2.png\", \"cat\"]]"),
                   ("ids", b"\0# id file\n7 train/1.png\n8 2.png\n"),
                   ("utf16", b"\0" + "1.png;cat\r\n2.png;dog".encode("utf-16"))):
    write("fuzz_label_list", name, text)

# Genotypes: the documentation's, and the known ones.
for block in re.findall(r"```json\n(.*?)```", (root / "docs/library.md").read_text(), re.DOTALL):
    write("fuzz_genotype", "documented", block.encode())
program = root / "build/release/nasnet"
if program.exists():
    for name in ("nasnet-a", "nasnet-b", "amoebanet-d", "darts-v2"):
        drawn = subprocess.run([program, "draw", name, "--json"], capture_output=True, check=True)
        write("fuzz_genotype", name, drawn.stdout)
else:
    print("seeds: no program; scripts/build makes it")

# A few images of Fashion-MNIST, with the counts in their headers to match.
images = pathlib.Path("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz")
labels = pathlib.Path("/usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz")
if images.exists():
    count = (3).to_bytes(4, "big")
    with gzip.open(images) as file:
        head, pixels = file.read(16), file.read(3 * 28 * 28)
    with gzip.open(labels) as file:
        marks = file.read(8)[:4] + count + file.read(3)
    pictures = head[:4] + count + head[8:] + pixels
    # The first two bytes say where the labels begin, in 65535ths of all.
    split = -(-len(pictures) * 65535 // (len(pictures) + len(marks)))
    write("fuzz_idx", "fashion-mnist", split.to_bytes(2, "big") + pictures + marks)
else:
    print("seeds: no Fashion-MNIST; scripts/deps installs it")

# CIFAR's records: label bytes, then planes of 32 x 32.
for name, kind, marks in (("cifar-10", 0, b"\7"), ("cifar-100", 1, b"\3\x2a")):
    write("fuzz_cifar", name, bytes([kind]) + marks + bytes(i % 256 for i in range(3072)))

# Safetensors: the length of a JSON header, the header, the values.
header = json.dumps({"__metadata__": {"format": "pt"},
                     "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
                     "b": {"dtype": "BF16", "shape": [], "data_offsets": [8, 10]}}).encode()
write("fuzz_safetensors", "two", len(header).to_bytes(8, "little") + header + bytes(10))

# Some rows of NAS-Bench-201's table, plain and packed.
columns = ("arch,params,mflops,c10v_valid,c10v_valid_e12,c10_test,c10_test_e12,c100_test,"
           "in16_test")
operations = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
rows = [columns]
for a, b, c in itertools.product(operations, repeat=3):
    rows.append(f"|{a}~0|+|{b}~0|{c}~1|+|{a}~0|{a}~1|{b}~2|,73306,7.78e0,90.5,80.25,91,81,70,40")
table = ("\n".join(rows[:8]) + "\n").encode()
write("fuzz_table", "csv", table)
write("fuzz_table", "gz", gzip.compress(table))

# Lines of a worker, and a task for one; the first byte is the size of the pieces that they come in.
write("fuzz_protocol", "worker", b"\7" + b"\n".join((
    b'{"ready": true}', b'{"images": 64, "core_seconds": 0.5, "gpu_seconds": 0}',
    b'{"done": {"accuracy": 0.5, "train_loss": null}, "core_seconds": 1.5, "peak_bytes": 9000}',
    b'{"failed": "out of memory", "cause": "out of memory"}', b'{"fatal": "no data"}',
    b"a library prints", b"")))
write("fuzz_protocol", "task", b"\xff" + json.dumps(
    {"seed": 1, "arm": "search", "number": 3, "choices": [0, 1], "epochs": 0, "schedule": 0}).encode()
    + b"\n")

# Annotations and results of COCO's form, a zero byte between them.
truth = {"images": [{"id": 1}, {"id": "2"}], "categories": [{"id": 7, "name": "cat"}, {"id": 9}],
         "annotations": [
             {"image_id": 1, "category_id": 7, "bbox": [1, 2, 30.5, 40], "area": 600, "iscrowd": 0},
             {"image_id": 2, "category_id": 7, "bbox": [5, 5, 9, 9], "iscrowd": 1},
             {"image_id": 2, "category_id": 9, "bbox": [0, 0, 1e3, 1e3], "ignore": 1}]}
found = [{"image_id": image, "category_id": category, "bbox": [1, 2, 30, 40], "score": score}
         for image, category, score in ((1, 7, 0.5), (1, 7, 0.5), (2, 9, -1), (2, 8, 1e9))]
write("fuzz_coco_results", "pair", json.dumps(truth).encode() + b"\0" + json.dumps(found).encode())

# Boxes in the other forms.
truth["images"] = [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80},
                   {"id": "2", "file_name": "b/c.jpg"}]
write("fuzz_coco_file", "whole", json.dumps(truth).encode())
truth["annotations"][0]["bbox"] = [float("nan"), float("inf"), 3, None]
write("fuzz_coco_file", "none", json.dumps(truth, indent=1).encode())
write("fuzz_voc", "whole", b"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE annotation [<!ENTITY x "y">]><!-- a comment -->
<annotation verified="yes"><filename>a &amp; b.jpg</filename>
<size><width>100</width><height>80</height><depth>3</depth></size>
<object><name>dog</name><difficult>1</difficult>
<bndbox><xmax>20</xmax><xmin>11.5</xmin><ymax>4e1</ymax><ymin>31</ymin></bndbox>
<part><name><![CDATA[head]]></name><bndbox><xmin>12</xmin></bndbox></part></object></annotation>""")
write("fuzz_voc", "wide", "<annotation><object><name>a</name></object></annotation>".encode("utf-16"))
write("fuzz_yolo", "list", b"""\0# COCO128
path: ../datasets/coco128  # root
train: [images/train2017, more.txt]
val: images/train2017
test:
nc: 2
names: ['person', "bicycle"]
download: |
  import os
""")
write("fuzz_yolo", "map", b"\0train: &t ./a\nval: *t\nx: !!set {? a, ? b}\nnames:\n  0: a\n  7: b\n")
write("fuzz_yolo", "labels", b"\x010 0.5 0.5 1 1\n2 .1 .4 .09 0.11 0.9\r\n\n0 0.1 0.1 0.2 0.1 0.2 0.2\n")
