#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/search/evaluators/child.h"

namespace nasnet::search {

/// Training images of a data set that children train on, and those that measure them.
struct ProxySplit {
  std::vector<int64_t> train, validation;
  int64_t copies = 0;  ///< images that equal a validation image, and are not trained on
};

/// Draws settings.validation_images of the images, and of the rest settings.train_images (0: all);
/// indices into `images`. The same for all children of a study: it depends on the images, the two
/// numbers and the study's seed. Throws InputError where there are too few images.
ProxySplit split_for_proxy(const data::ImageSet& images, const ChildSettings& settings,
                           uint64_t study_seed);

}  // namespace nasnet::search
