#pragma once

#include <type_traits>

#include "nasnet/kernels/bf16.h"
#include "nasnet/plan/plan.h"

namespace nasnet::fused {

/// The plan's name of the activations' type.
template <class T>
inline constexpr plan::ValueType kValueType =
    std::is_same_v<T, kernels::Bf16> ? plan::ValueType::kBf16 : plan::ValueType::kFloat32;

}  // namespace nasnet::fused
