#pragma once

#include <cstddef>
#include <functional>

namespace nasnet::data {

/// Calls work(i) for all i below `count` on all cores, and shows progress under the title, counted
/// in images. The first exception ends it and is rethrown. Throws Interrupted.
void for_all(const char* title, size_t count, const std::function<void(size_t)>& work);

}  // namespace nasnet::data
