#include "nasnet/base/random.h"

#include <cmath>

#include "nasnet/base/check.h"

// Each number is a function of (key, stream, block) alone: threads and resumed runs draw what they
// need without a state that they would have to share. Philox 4x32-10 of Salmon et al. 2011.

namespace nasnet {
namespace {

/// SplitMix64's finaliser: spreads nearby seeds over all 64 bits.
uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

uint64_t hash64(std::string_view text) {
  // FNV-1a: the offset basis and the prime of its 64-bit form.
  uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3u;
  return hash;
}

Random::Random(uint64_t seed, uint64_t index, std::string_view purpose) {
  // Seeds are small numbers, and streams of one seed must not look alike: both are mixed.
  const uint64_t key = mix(seed ^ mix(hash64(purpose)));
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
  stream_ = index;
}

void Random::seek(uint64_t block) {
  block_ = block;
  used_ = 4;
}

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> x, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    // Multipliers and Weyl increments of the paper's 4x32 form.
    const uint64_t a = uint64_t{0xD2511F53u} * x[0];
    const uint64_t b = uint64_t{0xCD9E8D57u} * x[2];
    x = {static_cast<uint32_t>(b >> 32) ^ x[1] ^ key[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ x[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return x;
}

void Random::refill() {
  buffer_ = philox4x32({static_cast<uint32_t>(block_), static_cast<uint32_t>(block_ >> 32),
                        static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)},
                       key_);
  ++block_;
  used_ = 0;
}

uint32_t Random::next() {
  if (used_ == 4) refill();
  return buffer_[used_++];
}

double Random::uniform() {
  // 27 and 26 bits: as many as a double's mantissa holds, so that nothing is rounded up to 1.
  const uint64_t high = next() >> 5;
  const uint64_t low = next() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

uint32_t Random::below(uint32_t n) {
  NASNET_CHECK(n > 0, "there is a number to draw");
  // Lemire's method: the rare draws that would make some numbers likelier are thrown away.
  uint64_t product = uint64_t{next()} * n;
  if (static_cast<uint32_t>(product) < n) {
    const uint32_t threshold = (0u - n) % n;
    while (static_cast<uint32_t>(product) < threshold) product = uint64_t{next()} * n;
  }
  return static_cast<uint32_t>(product >> 32);
}

double Random::normal() {
  // 1 - uniform() lies in (0, 1]: the logarithm is finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * M_PI * uniform());
}

}  // namespace nasnet
