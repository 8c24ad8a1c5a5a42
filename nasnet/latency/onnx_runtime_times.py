"""Times inference in ONNX Runtime; prints its version and the milliseconds of each run as JSON.

onnx_runtime_times.py                                          the version alone
onnx_runtime_times.py MODEL BATCH RUNS WARM_UP_SECONDS CORE...
"""
import json
import os
import sys
import time

# Before the imports, whose own threads inherit it.
if len(sys.argv) > 5:
    os.sched_setaffinity(0, set(map(int, sys.argv[5:])))

import numpy
import onnxruntime


def times(model, batch, runs, warm_up, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    images = numpy.random.default_rng(1).random((batch, *port.shape[1:]), numpy.float32)

    def run():
        begin = time.perf_counter()
        session.run(None, {port.name: images})
        return 1e3 * (time.perf_counter() - begin)

    warm = 0.0
    while warm < 1e3 * warm_up:
        warm += run()
    return [run() for _ in range(runs)]


result = {"version": onnxruntime.__version__}
if len(sys.argv) > 5:
    model, batch, runs, warm_up = sys.argv[1:5]
    result["ms"] = times(model, int(batch), int(runs), float(warm_up), len(sys.argv) - 5)
print(json.dumps(result))
