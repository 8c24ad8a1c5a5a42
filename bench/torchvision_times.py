"""Milliseconds of torchvision's operators for detection, one "NAME MS" a line; processor time of
one thread, medians: torchvision_times.py FOLDER RUNS
FOLDER holds boxes as raw float32: rois_300, rois_1000, scattered_2000, ..., objects_20, ..."""
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
from torchvision.ops import batched_nms, box_iou, nms, roi_align

folder, runs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)


def boxes(name):
    return torch.from_numpy(np.fromfile(folder / name, np.float32).reshape(-1, 4))


def scores(count):
    return torch.from_numpy(np.fromfile(folder / "scores", np.float32)[:count])


def median(work):
    work()
    times = []
    for _ in range(runs):
        begin = time.thread_time()
        work()
        times.append(1e3 * (time.thread_time() - begin))
    return statistics.median(times)


torch.manual_seed(0)
image = torch.randn(1, 512, 38, 38)
for count in (300, 1000):
    rois = boxes(f"rois_{count}")
    rois = torch.cat([torch.zeros(len(rois), 1), rois], 1)
    for samples in (2, 0):
        print(f"roi_align_{count}_{samples}",
              median(lambda: roi_align(image, rois, 7, 1 / 16, samples, True)))
    learned = image.clone().requires_grad_()
    pooled = roi_align(learned, rois, 7, 1 / 16, 2, True)
    above = torch.randn_like(pooled)
    print(f"roi_align_gradient_{count}",
          median(lambda: torch.autograd.grad(pooled, learned, above, retain_graph=True)))
for count in (2000, 12000):
    for kind in ("clustered", "scattered"):
        some = boxes(f"{kind}_{count}")
        print(f"nms_{kind}_{count}", median(lambda: nms(some, scores(count), 0.7)))
some = boxes("clustered_8000")
classes = torch.arange(8000) % 80
print("nms_by_class_8000", median(lambda: batched_nms(some, scores(8000), classes, 0.5)))
anchors = boxes("anchors")
for count in (20, 500):
    objects = boxes(f"objects_{count}")
    print(f"match_{count}", median(lambda: box_iou(objects, anchors)))
