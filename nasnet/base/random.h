#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace nasnet {

/// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", SC 2011). A stream is named by its purpose and never shared, so that neither
/// the order of the work nor the number of workers changes any draw:
///
///     Random random(study_seed, trial_number, "augment");
///
/// The same name gives the same numbers on every machine.
class Random {
 public:
  Random(uint64_t seed, uint64_t index, std::string_view purpose);

  /// The next 32 random bits.
  uint32_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform in {0, ..., n-1} without bias. n must be positive.
  uint32_t below(uint32_t n);
  /// Normal with mean 0 and standard deviation 1 (Box-Muller).
  double normal();

  /// Jumps to the block of four numbers with this index: random access within the stream.
  void seek(uint64_t block);

 private:
  void refill();

  std::array<uint32_t, 2> key_;
  uint64_t stream_;  // the upper half of the counter
  uint64_t block_ = 0;
  std::array<uint32_t, 4> buffer_{};
  int used_ = 4;
};

/// Puts the values into a random order (Fisher and Yates).
template <class T>
void shuffle(std::vector<T>& values, Random random) {
  for (size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[random.below(static_cast<uint32_t>(i))]);
}

/// The generator itself: ten rounds of Philox 4x32 on a counter.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A 64-bit hash of a text (FNV-1a), stable across machines; for names of streams and digests.
uint64_t hash64(std::string_view text);

}  // namespace nasnet
