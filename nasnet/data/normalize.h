#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nasnet::data {

/// Pixels of interleaved channels as the network takes them: each byte by the table of its channel
/// (see normalization_tables()).
void normalize(const uint8_t* pixels, int64_t count,
               const std::vector<std::array<float, 256>>& tables, float* out);

}  // namespace nasnet::data
