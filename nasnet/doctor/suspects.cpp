#include "nasnet/doctor/suspects.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "nasnet/doctor/ridge.h"
#include "nasnet/search/study/statistics.h"

// A quick baseline that cannot tell classes apart well, but knows how far from the others of its
// label an image lies: only what lies out of all proportion is named.

namespace nasnet::doctor {

namespace {

/// Suspects that a set without wrong labels is expected to have; and the part of a tail that tells
/// how it falls.
constexpr double kMostExpected = 0.2, kTailBegin = 0.90, kTailEnd = 0.97;
/// Of a normal distribution's tail there, in median deviations.
constexpr double kNormalFall = 0.74;

constexpr int kFolds = 5;
constexpr int64_t kMostImages = 200'000;
/// Of a class; of fewer no spread is known.
constexpr int64_t kFewestImages = 50;
/// Confusions that are kept.
constexpr size_t kMostConfusions = 20;

constexpr int kGrey = 8, kGreyBytes = kThumbEdge * kThumbEdge;
constexpr int kFeatures = kGrey * kGrey + (kThumbBytes - kGreyBytes) + kGradientBytes;

void write_features(const Looks& looks, int64_t image, float* values) {
  const uint8_t* thumb = looks.thumb(image);
  for (int y = 0; y < kGrey; ++y)
    for (int x = 0; x < kGrey; ++x) {
      const uint8_t* at = thumb + 2 * y * kThumbEdge + 2 * x;
      *values++ = static_cast<float>(at[0] + at[1] + at[kThumbEdge] + at[kThumbEdge + 1]) / 4;
    }
  for (int i = kGreyBytes; i < kThumbBytes; ++i) *values++ = thumb[i];
  const uint8_t* gradient = looks.gradient(image);
  for (int i = 0; i < kGradientBytes; ++i) *values++ = std::sqrt(static_cast<float>(gradient[i]));
}

/// Images that take part: readable ones of classes that are large enough.
std::vector<int64_t> choose_images(const Examined& set) {
  std::vector<int64_t> counts(set.survey.classes.size());
  const auto is_usable = [&](int64_t i) {
    return set.looks.looks[i].readable && !set.looks.looks[i].flat;
  };
  for (int64_t i = 0; i < set.looks.size(); ++i)
    if (is_usable(i)) ++counts[set.survey.images[i].label];
  std::vector<int64_t> images;
  for (int64_t i = 0; i < set.looks.size(); ++i)
    if (is_usable(i) && counts[set.survey.images[i].label] >= kFewestImages) images.push_back(i);
  const int64_t step = (std::ssize(images) + kMostImages - 1) / kMostImages;
  if (step <= 1) return images;
  std::vector<int64_t> some;
  for (int64_t i = 0; i < std::ssize(images); i += step) some.push_back(images[i]);
  return some;
}

/// The value that a share of them is below; they are reordered.
float quantile(std::vector<float>& values, double share) {
  const auto at =
      values.begin() + static_cast<int64_t>(share * static_cast<double>(std::ssize(values) - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

class Baseline {
 public:
  Baseline(const Examined& set, const NearPairs& near, ThreadPool& pool)
      : set_(set),
        pool_(pool),
        images_(choose_images(set)),
        classes_(static_cast<int>(set.survey.classes.size())) {
    // Copies of an image go into its fold, and a chain of near copies into that of the first.
    const auto content = [&](int64_t i) { return set.looks.looks[i].content; };
    std::map<uint64_t, uint64_t> stands_for;
    const auto first_of = [&](uint64_t own) {
      const auto found = stands_for.find(own);
      return found == stands_for.end() ? own : found->second;
    };
    for (const NearPair& pair : near.pairs) stands_for[content(pair.b)] = first_of(content(pair.a));
    for (int64_t i = 0; i < set.looks.size(); ++i)
      folds_.push_back(static_cast<uint8_t>(first_of(content(i)) % kFolds));
  }

  Suspects run() {
    Suspects result;
    std::vector<uint8_t> seen(classes_);
    for (const int64_t image : images_) seen[set_.survey.images[image].label] = 1;
    if (std::accumulate(seen.begin(), seen.end(), 0) < 2) return result;
    result.images = std::ssize(images_);
    const CrossRidge model(
        {.rows = std::ssize(images_),
         .features = kFeatures,
         .classes = classes_,
         .folds = kFolds,
         .write = [&](int64_t row,
                      float* values) { write_features(set_.looks, images_[row], values); },
         .label = [&](int64_t row) { return label(row); },
         .fold = [&](int64_t row) { return int{folds_[images_[row]]}; }},
        pool_);
    predict(model, result);
    judge(model, result);
    return result;
  }

 private:
  int label(int64_t row) const { return set_.survey.images[images_[row]].label; }

  void predict(const CrossRidge& model, Suspects& result) {
    guesses_.resize(images_.size());
    own_.resize(images_.size());
    for_each_shown(pool_, "predicting labels", "images", std::ssize(images_), [&](int64_t row) {
      std::vector<float> scores(classes_);
      model.predict(row, scores.data());
      guesses_[row] =
          static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
      own_[row] = scores[label(row)];
    });
    std::map<std::pair<int, int>, int64_t> confused;
    for (int64_t row = 0; row < std::ssize(images_); ++row) {
      result.right += guesses_[row] == label(row);
      if (guesses_[row] != label(row)) ++confused[{label(row), guesses_[row]}];
    }
    for (const auto& [pair, count] : confused)
      result.confusions.push_back({pair.first, pair.second, count});
    std::stable_sort(result.confusions.begin(), result.confusions.end(),
                     [](const auto& a, const auto& b) { return a.count > b.count; });
    if (result.confusions.size() > kMostConfusions) result.confusions.resize(kMostConfusions);
  }

  /// Class by class: how its images' scores spread, and which of them lie far out.
  void judge(const CrossRidge& model, Suspects& result) {
    std::vector<std::vector<int64_t>> rows(classes_);
    for (int64_t row = 0; row < std::ssize(images_); ++row) rows[label(row)].push_back(row);
    std::vector<float> typical(classes_);
    for (int k = 0; k < classes_; ++k) {
      std::vector<float> own;
      for (const int64_t row : rows[k]) own.push_back(own_[row]);
      if (!own.empty()) typical[k] = quantile(own, 0.25);
    }
    // Each class is asked about each other one.
    const double most_expected = kMostExpected / (classes_ * (classes_ - 1.0));
    for (int k = 0; k < classes_; ++k) {
      std::map<int, std::vector<int64_t>> doubted;  // by guess
      for (const int64_t row : rows[k])
        if (guesses_[row] != k) doubted[guesses_[row]].push_back(row);
      if (doubted.empty()) continue;
      std::vector<float> scores(rows[k].size() * classes_);
      pool_.for_each(std::ssize(rows[k]), [&](int64_t i, int) {
        model.predict(rows[k][i], scores.data() + i * classes_);
      });
      for (const auto& [guess, some] : doubted) {
        std::vector<float> margins;
        for (size_t i = 0; i < rows[k].size(); ++i)
          margins.push_back(scores[i * classes_ + guess] - scores[i * classes_ + k]);
        std::map<int64_t, std::pair<float, float>> of;
        for (size_t i = 0; i < rows[k].size(); ++i)
          of[rows[k][i]] = {margins[i], scores[i * classes_ + guess]};
        // An exponential tail by two of its points, which a few wrong labels hardly move.
        const double begin = quantile(margins, kTailBegin), end = quantile(margins, kTailEnd);
        const double tail = (end - begin) / std::log((1 - kTailBegin) / (1 - kTailEnd));
        // Two points of a small class may lie too close to each other by chance.
        const float median = quantile(margins, 0.5);
        for (float& margin : margins) margin = std::abs(margin - median);
        const double fall = std::max({1e-6, tail, kNormalFall * quantile(margins, 0.5)});
        const double beyond = (1 - kTailEnd) * static_cast<double>(std::ssize(margins));
        for (const int64_t row : some) {
          const auto [margin, score] = of.at(row);
          const double expected = beyond * std::exp(-(margin - end) / fall);
          if (expected <= most_expected && score >= typical[guess])
            result.suspects.push_back({images_[row], guess, expected});
        }
      }
    }
    std::stable_sort(result.suspects.begin(), result.suspects.end(),
                     [](const Suspect& a, const Suspect& b) { return a.rarity < b.rarity; });
  }

  const Examined& set_;
  ThreadPool& pool_;
  std::vector<int64_t> images_;
  int classes_;
  std::vector<uint8_t> folds_;  ///< by image of the set
  std::vector<int> guesses_;
  std::vector<float> own_;  ///< each row's score for its own label
};

}  // namespace

Suspects find_suspects(const Examined& set, const NearPairs& near, ThreadPool& pool) {
  return Baseline(set, near, pool).run();
}

void tell_suspects(const Examined& set, const Suspects& found, Diagnosis& diagnosis) {
  if (found.images == 0) return;
  const search::Interval interval = search::wilson_interval(found.right, found.images);
  nlohmann::ordered_json confusions = nlohmann::ordered_json::array();
  for (const Suspects::Confusion& one : found.confusions)
    confusions.push_back({{"label", set.survey.classes[one.label]},
                          {"guess", set.survey.classes[one.guess]},
                          {"count", one.count}});
  diagnosis.facts["data"]["baseline"] = {
      {"images", found.images},
      {"accuracy", static_cast<double>(found.right) / static_cast<double>(found.images)},
      {"low", interval.low},
      {"high", interval.high},
      {"confusions", std::move(confusions)}};
  if (found.suspects.empty()) return;
  const int64_t count = std::ssize(found.suspects);
  Finding finding = set.finding(
      "suspect_labels", Severity::kWarning, count,
      fmt::format("{} unlike the others of their class, and like those of another",
                  images_are(count)),
      "look at these; a simple model that never saw them doubts their labels, and may be wrong");
  for (const Suspect& one : found.suspects)
    finding.examples.push_back(fmt::format("{}: labelled {}, looks like {}", set.name(one.image),
                                           set.class_of(one.image), set.survey.classes[one.guess]));
  diagnosis.findings.push_back(std::move(finding));
}

}  // namespace nasnet::doctor
