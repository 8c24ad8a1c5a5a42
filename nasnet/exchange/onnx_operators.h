#pragma once

#include <vector>

#include "nasnet/exchange/onnx_call.h"

namespace nasnet::exchange {

// Operators of the evaluator, each as its page of the ONNX operator reference defines it. This is
// the oracle of the export, so nothing in it is clever but the order of the innermost loops. Each
// takes the forms that exports write, and refuses others: an oracle that guesses would let a wrong
// export pass. Truths are integers, 0 or 1.

/// The node's results.
std::vector<OnnxTensor> compute_onnx(const std::string& type, const OnnxCall& call);

namespace onnx_operators {

// Windows (onnx_windows.cpp).
OnnxTensor convolution(const OnnxCall& call);
OnnxTensor average_pool(const OnnxCall& call);
OnnxTensor max_pool(const OnnxCall& call);

// Sums over many values (onnx_arithmetic.cpp).
OnnxTensor batch_norm(const OnnxCall& call);
OnnxTensor instance_norm(const OnnxCall& call);
OnnxTensor global_pool(const OnnxCall& call);
OnnxTensor gemm(const OnnxCall& call);
OnnxTensor matmul(const OnnxCall& call);
OnnxTensor softmax(const OnnxCall& call);

// Value by value (onnx_elementwise.cpp).
OnnxTensor relu(const OnnxCall& call);
OnnxTensor absolute(const OnnxCall& call);
OnnxTensor exponential(const OnnxCall& call);
OnnxTensor cast(const OnnxCall& call);
OnnxTensor add(const OnnxCall& call);
OnnxTensor subtract(const OnnxCall& call);
OnnxTensor multiply(const OnnxCall& call);
OnnxTensor divide(const OnnxCall& call);
OnnxTensor remainder(const OnnxCall& call);
OnnxTensor smaller(const OnnxCall& call);
OnnxTensor larger(const OnnxCall& call);
OnnxTensor equal(const OnnxCall& call);
OnnxTensor greater_or_equal(const OnnxCall& call);
OnnxTensor where(const OnnxCall& call);

// Values moved (onnx_shapes.cpp, onnx_images.cpp).
OnnxTensor shape(const OnnxCall& call);
OnnxTensor range(const OnnxCall& call);
OnnxTensor reshape(const OnnxCall& call);
OnnxTensor flatten(const OnnxCall& call);
OnnxTensor unsqueeze(const OnnxCall& call);
OnnxTensor concat(const OnnxCall& call);
OnnxTensor slice(const OnnxCall& call);
OnnxTensor transpose(const OnnxCall& call);
OnnxTensor expand(const OnnxCall& call);
OnnxTensor pad(const OnnxCall& call);
OnnxTensor resize(const OnnxCall& call);

// Values chosen (onnx_choices.cpp).
OnnxTensor gather(const OnnxCall& call);
OnnxTensor non_zero(const OnnxCall& call);
/// Values and places.
std::vector<OnnxTensor> top_k(const OnnxCall& call);

// Boxes (onnx_boxes.cpp).
OnnxTensor roi_align(const OnnxCall& call);
OnnxTensor suppression(const OnnxCall& call);

}  // namespace onnx_operators
}  // namespace nasnet::exchange
