#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

namespace nasnet {

/// A mean over seeds with half of its 95 % interval, by the normal distribution.
struct Mean {
  double mean = 0, ci95 = 0;
};

inline Mean mean_of(const std::vector<double>& values) {
  Mean result;
  const auto n = static_cast<double>(values.size());
  for (const double value : values) result.mean += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.ci95 = 1.96 * std::sqrt(squares / (n - 1) / n);
  return result;
}

/// Each of the machine's threads makes work of its own, which is given seed after seed.
template <class Make>
void share_out(int seeds, const Make& make) {
  std::atomic<int> next = 0;
  const auto work = [&] {
    const auto run = make();
    for (int seed = next++; seed < seeds; seed = next++) run(seed);
  };
  std::vector<std::thread> pool;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t)
    pool.emplace_back(work);
  for (std::thread& thread : pool) thread.join();
}

}  // namespace nasnet
