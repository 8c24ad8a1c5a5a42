#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/thread_pool.h"
#include "nasnet/doctor/data_findings.h"

namespace nasnet::doctor {

/// An image whose label a simple model doubts.
struct Suspect {
  int64_t image = 0;
  int guess = 0;      ///< the class that it takes it for
  double rarity = 0;  ///< images so far out that its class would be expected to have
};

/// The outcome of the cross-prediction.
struct Suspects {
  int64_t images = 0;  ///< that took part
  int64_t right = 0;   ///< predicted as they are labelled
  struct Confusion {
    int label = 0, guess = 0;
    int64_t count = 0;
  };
  std::vector<Confusion> confusions;  ///< the most frequent first
  std::vector<Suspect> suspects;      ///< the rarest first
};

/// Predicts each image by linear models that have not seen it, nor a copy of it, nor one of the
/// near copies: least squares with a ridge on small pictures, colours and gradients, on four fifths
/// of the images at a time.
///
/// An image is doubted where its score for another class, less that for its own, lies so far out
/// among those of its class that in all pairs of classes together 0.2 images would be expected as
/// far out, if tails fall off on as they do between the 90th and the 97th of a hundred; and where
/// its score for the other class is no less than a quarter of that class's own images have. So a
/// class that is diverse, or hardly differs from another, has no suspects. Of very large sets every
/// so many-th image takes part.
Suspects find_suspects(const Examined& set, const NearPairs& near, ThreadPool& pool);

/// Tells of them.
void tell_suspects(const Examined& set, const Suspects& suspects, Diagnosis& diagnosis);

}  // namespace nasnet::doctor
