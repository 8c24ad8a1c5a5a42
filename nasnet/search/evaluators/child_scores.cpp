#include "nasnet/search/evaluators/child_scores.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/base/comma_list.h"
#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/data/batches.h"

namespace nasnet::search {

std::vector<scores::Score> parse_scores(const std::vector<std::string>& names) {
  std::vector<scores::Score> result;
  for (const std::string& name : split_at_commas(names)) {
    const auto score = parse_enum<scores::Score>(name, "score");
    if (std::ranges::count(result, score) > 0)
      throw InputError(fmt::format("--scores names {} twice; once is enough", name));
    result.push_back(score);
  }
  return result;
}

ChildScores::ChildScores(const data::ImageSet& images, const ProxySplit& split,
                         const data::Normalization& normalization,
                         std::vector<scores::Score> scores, uint64_t study_seed)
    : scores_(std::move(scores)), study_seed_(study_seed) {
  if (scores_.empty()) return;
  const int64_t count = std::min(kImages, std::ssize(split.train));
  if (count < 2)
    throw InputError(
        fmt::format("--scores compares training images, and there is {} of them; give more, or "
                    "leave --scores out",
                    count));
  data::Batches batches(images, {split.train.begin(), split.train.begin() + count}, normalization,
                        {.batch = kImages});
  batches.start(0);
  data::Batch batch;
  NASNET_CHECK(batches.next(batch), "a batch of two images or more");
  scorer_ = std::make_shared<const scores::Scorer>(scores_, std::move(batch.images));
}

Measurements ChildScores::of(const graph::Graph& child, const std::string& form) const {
  if (!scorer_) return {};
  Random random(study_seed_, hash64(form), "scores");
  const uint64_t seed = uint64_t{random.next()} << 32 | random.next();
  return scorer_->of(child, seed);
}

}  // namespace nasnet::search
