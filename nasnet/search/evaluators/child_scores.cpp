#include "nasnet/search/evaluators/child_scores.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/comma_list.h"
#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/data/batches.h"

// Images are read where the first child is scored: a study may not score any.

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
    : images_(images),
      chosen_(split.train.begin(),
              split.train.begin() + std::min(kImages, std::ssize(split.train))),
      normalization_(normalization),
      scores_(std::move(scores)),
      study_seed_(study_seed) {
  if (!scores_.empty() && chosen_.size() < 2)
    throw InputError(
        fmt::format("--scores compares training images, and there is {} of them; give more, or "
                    "leave --scores out",
                    chosen_.size()));
}

Measurements ChildScores::of(const graph::Graph& child, const std::string& form) {
  if (scores_.empty()) return {};
  if (!scorer_) {
    data::Batches batches(images_, chosen_, normalization_, {.batch = kImages});
    batches.start(0);
    data::Batch batch;
    if (!batches.next(batch)) return {};
    scorer_ = std::make_unique<scores::Scorer>(scores_, std::move(batch.images));
  }
  Random random(study_seed_, hash64(form), "scores");
  const uint64_t seed = uint64_t{random.next()} << 32 | random.next();
  return scorer_->of(child, seed);
}

}  // namespace nasnet::search
