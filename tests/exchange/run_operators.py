"""Runs models of single operators in ONNX Runtime, for the tests.

    run_operators.py FOLDER

Each FOLDER/NAME.onnx has constants for inputs and some outputs. Writes FOLDER/NAME.f32: of each output
the number of its edges, the edges and the values, all as float32.
"""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # tests run side by side
    options.log_severity_level = 3
    # Constants are not folded: the operators' own kernels are to run.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    results = session.run(None, {})
    parts = [[len(r.shape), *r.shape, *r.ravel().astype(np.float32)] for r in results]
    np.array(sum(parts, []), np.float32).tofile(path.with_suffix(".f32"))
