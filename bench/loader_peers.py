"""Images a second of one core, of nasnet's loader and of others, on the same JPEGs: a random part of 8 to
100 % of the area, 224 x 224, mirrored at random, normalised float32. Files are read each time.

  taskset -c 1 PYTHON bench/loader_peers.py FOLDER [ROUNDS] [NAME...]

FOLDER holds JPEGs in folders of classes (bench_loader makes build/loader-jpegs); PYTHON is one that has
torchvision, timm, nvidia-dali-cuda120 or ffcv: a loader whose package is missing is skipped by its name.
Rounds are interleaved, one process a loader and round; processor time of the process and its children,
of the second pass over the files."""
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile

EDGE, BATCH = 224, 64
LIMIT = 120  # seconds of a loader in a round


def processor_time():
    return sum(use.ru_utime + use.ru_stime for use in map(
        resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def normalized(transforms):
    return [transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)]


def torch_pass(dataset, **settings):
    import torch
    torch.set_num_threads(1)
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=True, **settings)
    return lambda: sum(len(images) for images, _ in loader)


def torchvision_pil(folder):
    import torchvision
    from torchvision import transforms as t
    return torch_pass(torchvision.datasets.ImageFolder(folder, t.Compose(
        [t.RandomResizedCrop(EDGE), t.RandomHorizontalFlip(), *normalized(t)])))


def timm(folder):
    import timm.data
    import torch
    torch.set_num_threads(1)
    loader = timm.data.create_loader(
        timm.data.create_dataset("", folder), (3, EDGE, EDGE), BATCH, is_training=True,
        interpolation="bilinear", use_prefetcher=False, num_workers=0, color_jitter=None,
        persistent_workers=False, pin_memory=False, device=torch.device("cpu"), mean=[0.5] * 3,
        std=[0.5] * 3)
    return lambda: sum(len(images) for images, _ in loader)


def dali(folder, antialias=True):
    from nvidia.dali import fn, pipeline_def, types

    @pipeline_def(batch_size=BATCH, num_threads=1, device_id=None, prefetch_queue_depth=1)
    def way():
        files, _ = fn.readers.file(file_root=folder, random_shuffle=True, name="files")
        images = fn.decoders.image_random_crop(files, device="cpu", random_area=[0.08, 1.0],
                                               random_aspect_ratio=[0.75, 4 / 3], num_attempts=10)
        images = fn.resize(images, size=[EDGE, EDGE], antialias=antialias,
                           interp_type=types.INTERP_TRIANGULAR if antialias else types.INTERP_LINEAR)
        return fn.crop_mirror_normalize(images, mirror=fn.random.coin_flip(), dtype=types.FLOAT,
                                        mean=[127.5] * 3, std=[127.5] * 3)
    pipeline = way()
    pipeline.build()
    batches = max(1, pipeline.epoch_size("files") // BATCH)

    def run():
        for _ in range(batches):
            pipeline.run()
        return batches * BATCH
    return run


def ffcv(folder, mode):
    import numpy as np
    import torch
    import torchvision
    from ffcv.fields import IntField, RGBImageField
    from ffcv.fields.basics import IntDecoder
    from ffcv.fields.rgb_image import RandomResizedCropRGBImageDecoder
    from ffcv.loader import Loader, OrderOption
    from ffcv.transforms import NormalizeImage, RandomHorizontalFlip, Squeeze, ToTensor, ToTorchImage
    from ffcv.writer import DatasetWriter
    torch.set_num_threads(1)
    path = os.path.join(tempfile.gettempdir(), f"nasnet-bench-{mode}.beton")
    if not os.path.exists(path):
        dataset = torchvision.datasets.ImageFolder(folder)
        field = RGBImageField(write_mode=mode, max_resolution=500, jpeg_quality=90)
        DatasetWriter(path, {"image": field, "label": IntField()},
                      num_workers=1).from_indexed_dataset(dataset)
    middle = np.array([127.5] * 3)
    loader = Loader(path, batch_size=BATCH, num_workers=1, order=OrderOption.RANDOM, os_cache=True,
                    drop_last=False, pipelines={
                        "image": [RandomResizedCropRGBImageDecoder((EDGE, EDGE)),
                                  RandomHorizontalFlip(),
                                  NormalizeImage(middle, middle, np.float32), ToTensor(),
                                  ToTorchImage(channels_last=True)],
                        "label": [IntDecoder(), ToTensor(), Squeeze()]})
    return lambda: sum(len(images) for images, _ in loader)


LOADERS = {  # by name: the package that it needs, and a function that makes one of its passes
    "torchvision (PIL)": ("torchvision", torchvision_pil),
    "timm": ("timm", timm),
    "DALI, antialiased": ("nvidia.dali", dali),
    "DALI, linear": ("nvidia.dali", lambda folder: dali(folder, antialias=False)),
    "FFCV, JPEG": ("ffcv", lambda folder: ffcv(folder, "jpg")),
    "FFCV, raw pixels": ("ffcv", lambda folder: ffcv(folder, "raw")),
}


def is_there(package):
    try:
        return importlib.util.find_spec(package) is not None
    except ImportError:
        return False


def measure(name, folder):
    if name == "nasnet":
        out = subprocess.run(["build/release/bench/bench_loader", "--once", folder], text=True,
                             capture_output=True, check=True)
        return float(out.stdout)
    run = LOADERS[name][1](folder)
    run()
    begin = processor_time()
    images = run()
    return images / (processor_time() - begin)


def main():
    if sys.argv[1] == "--one":
        print(measure(sys.argv[2], sys.argv[3]))
        return
    folder, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    names = ["nasnet"]
    for name, (package, _) in LOADERS.items():
        if len(sys.argv) > 3 and name not in sys.argv[3:]:
            continue
        if is_there(package):
            names.append(name)
        else:
            print(f"{name}: skipped, there is no {package}", flush=True)
    rates = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            try:
                out = subprocess.run([sys.executable, __file__, "--one", name, folder], text=True,
                                     capture_output=True, timeout=LIMIT, check=True)
                rates[name].append(float(out.stdout.split()[-1]))
            except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as fault:
                print(f"{name}: failed, {fault} {(fault.stderr or '')[-200:]}", flush=True)
    ours = statistics.median(rates["nasnet"])
    for name, values in rates.items():
        if not values:
            continue
        middle = statistics.median(values)
        print(f"{name:20} {middle:7.0f} images/s a core, {ours / middle:5.2f} times as many by nasnet "
              f"({min(values):.0f} to {max(values):.0f})")


main()
