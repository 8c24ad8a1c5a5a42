"""Checks an ONNX file and runs it in ONNX Runtime, for the tests.

    run_onnx.py MODEL.onnx INPUT.f32 N C H W OUTPUT.f32

Reads float32 images, writes float32 logits; ends with status 0 only where the checker of the onnx
package is content too. Also runs the first image alone, which must give the same: the batch is free.
"""
import sys

import numpy as np
import onnx
import onnxruntime

model, source, n, c, h, w, target = sys.argv[1:]
onnx.checker.check_model(model, full_check=True)
images = np.fromfile(source, np.float32).reshape(int(n), int(c), int(h), int(w))
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # tests run side by side
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
(logits,) = session.run(["logits"], {"images": images})
(alone,) = session.run(["logits"], {"images": images[:1]})
assert np.allclose(logits[:1], alone, atol=1e-4), "one image alone gives other logits"
logits.astype(np.float32).tofile(target)
