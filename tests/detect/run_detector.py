"""Checks a detector's ONNX file and runs it in ONNX Runtime, for the tests.

    run_detector.py MODEL.onnx OUTPUT.f32 IMAGE.f32 H W [IMAGE.f32 H W ...]

Reads float32 images of three channels. Writes for each image the number of its detections, then for
each of these x0 y0 x1 y1, score and label, all as float32. Ends with status 0 only where the checker
of the onnx package is content too.
"""
import sys

import numpy as np
import onnx
import onnxruntime

model, target, *images = sys.argv[1:]
onnx.checker.check_model(model, full_check=True)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # tests run side by side
options.log_severity_level = 3
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
rows = []
for source, height, width in zip(images[::3], images[1::3], images[2::3]):
    image = np.fromfile(source, np.float32).reshape(1, 3, int(height), int(width))
    boxes, scores, labels = session.run(["boxes", "scores", "labels"], {"images": image})
    count = len(scores)
    assert boxes.shape == (count, 4) and labels.shape == (count,) and labels.dtype == np.int64
    found = np.concatenate([boxes, scores[:, None], labels[:, None].astype(np.float32)], axis=1)
    rows += [np.array([count], np.float32), found.ravel()]
np.concatenate(rows).astype(np.float32).tofile(target)
