"""Milliseconds of a model's runs in ONNX Runtime, one a line:
onnx_runtime_times.py MODEL.onnx BATCH THREADS RUNS WARM_UP_SECONDS"""
import sys
import time

import numpy as np
import onnxruntime

model, batch, threads, runs = sys.argv[1], *map(int, sys.argv[2:5])
warm_up = float(sys.argv[5])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
shape = session.get_inputs()[0].shape
images = np.random.default_rng(1).random((batch, *shape[1:]), np.float32)


def run():
    begin = time.perf_counter()
    session.run(None, {"images": images})
    return time.perf_counter() - begin


warm = 0.0
while warm < warm_up:
    warm += run()
for _ in range(runs):
    print(1e3 * run())
