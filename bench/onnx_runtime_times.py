"""Milliseconds of a model's runs in ONNX Runtime, one a line:
onnx_runtime_times.py MODEL.onnx BATCH THREADS RUNS"""
import sys
import time

import numpy as np
import onnxruntime

model, batch, threads, runs = sys.argv[1], *map(int, sys.argv[2:])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
shape = session.get_inputs()[0].shape
images = np.random.default_rng(1).random((batch, *shape[1:]), np.float32)
for run in range(runs + 1):
    begin = time.perf_counter()
    session.run(None, {"images": images})
    if run > 0:
        print(1e3 * (time.perf_counter() - begin))
