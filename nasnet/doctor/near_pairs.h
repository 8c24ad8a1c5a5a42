#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/thread_pool.h"
#include "nasnet/doctor/looks.h"

namespace nasnet::doctor {

/// Two images that show nearly the same.
struct NearPair {
  int64_t a = 0, b = 0;  ///< images of the looks, a < b
  bool mirrored = false;
  double likeness = 0;  ///< see likeness()
  bool operator==(const NearPair&) const = default;
};

struct NearPairs {
  std::vector<NearPair> pairs;  ///< by a, then by b; at most kMostPartners of each a
  bool complete = true;         ///< false where a crowd of like images was cut off
};

/// Hashes of near copies differ in at most so many of 64 bits.
inline constexpr int kHashRadius = 11;
inline constexpr int kMostPartners = 256;

/// How alike two small pictures are, whatever their brightness and contrast: the correlation of
/// their grey values; -1 where their colours differ.
double likeness(const uint8_t* thumb, const uint8_t* other, bool mirrored);
/// The same of their fine detail alone, without their colours: of what the four pixels around each
/// pixel do not tell.
double likeness_of_detail(const uint8_t* thumb, const uint8_t* other, bool mirrored);

/// All pairs of readable images that are near copies but not equal, with `mirrored` those of mirror
/// images, too. Pictures of nearly one colour are left out.
///
/// Near copies have a likeness of at least 0.975, or of 0.985 once they are aligned, as parts of
/// each other must be (aligned_likeness()). Of drawings, digits and clothes on white many
/// pictures are so alike that are no copies: where one of a pair is like (0.95) more than four
/// others, the pair's likeness must be 0.985 as it is, and that of its detail 0.975.
///
/// No pair within kHashRadius is missed: of four parts of 16 bits one then differs in two bits at
/// most, and images are looked up by each part with each such change (multi-index hashing, Norouzi
/// et al. 2012).
NearPairs find_near_pairs(const Looks& looks, bool mirrored, ThreadPool& pool);

}  // namespace nasnet::doctor
