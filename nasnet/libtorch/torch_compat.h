#pragma once

// Differences between the libtorch versions that nasnet is built against: Debian's 1.13 and 2.x.
// Everything else in the house is written in what they share.

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_foreach_mul.h>
#include <c10/util/intrusive_ptr.h>
#include <torch/version.h>

#include <memory>
#include <type_traits>
#include <vector>

#define NASNET_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) ||         \
   (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace nasnet::libtorch {

/// While it lives, this thread's convolutions and linear layers on devices of `type` (CPU or CUDA)
/// run in bfloat16 and all that needs range or many digits (normalisation over groups, losses) in
/// float32, by libtorch's own lists. Parameters keep their type; what was set before comes back.
class Autocast {
 public:
  explicit Autocast(c10::DeviceType type) : type_(type), enabled_(enabled()), dtype_(dtype()) {
    set(true, c10::kBFloat16);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    // The casts of the parameters are kept for the whole region, not beyond it: they change.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set(enabled_, dtype_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
#if NASNET_TORCH_AT_LEAST(2, 4)
  bool enabled() const {
    return at::autocast::is_autocast_enabled(type_);
  }
  c10::ScalarType dtype() const {
    return at::autocast::get_autocast_dtype(type_);
  }
  void set(bool enabled, c10::ScalarType dtype) const {
    at::autocast::set_autocast_enabled(type_, enabled);
    at::autocast::set_autocast_dtype(type_, dtype);
  }
#else
  bool gpu() const {
    return type_ == c10::kCUDA;
  }
  bool enabled() const {
    return gpu() ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
  }
  c10::ScalarType dtype() const {
    return gpu() ? at::autocast::get_autocast_gpu_dtype() : at::autocast::get_autocast_cpu_dtype();
  }
  void set(bool enabled, c10::ScalarType dtype) const {
    if (gpu()) {
      at::autocast::set_enabled(enabled);
      at::autocast::set_autocast_gpu_dtype(dtype);
    } else {
      at::autocast::set_cpu_enabled(enabled);
      at::autocast::set_autocast_cpu_dtype(dtype);
    }
  }
#endif
  c10::DeviceType type_;
  bool enabled_;
  c10::ScalarType dtype_;
};

/// A new node of autograd's graph, held as this version holds its nodes: 1.13's and early 2.x' are
/// shared pointers with a deleter, later ones count by themselves.
template <class Node>
auto make_node() {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, Node>) {
    return c10::make_intrusive<Node>();
  } else {
    return std::shared_ptr<Node>(new Node, [](Node* node) { deleteNode(node); });
  }
}

/// float32 on CUDA means float32: no rounding of factors to TensorFloat-32's 10 bits, which
/// convolutions do by default.
inline void forbid_tf32() {
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
}

/// Multiplies every tensor in place by `factor`, a tensor of one value on the same device.
inline void multiply_all(const std::vector<at::Tensor>& tensors, const at::Tensor& factor) {
#if NASNET_TORCH_AT_LEAST(2, 1)
  at::_foreach_mul_(tensors, factor);
#else
  for (at::Tensor tensor : tensors) tensor.mul_(factor);
#endif
}

}  // namespace nasnet::libtorch
