#include "nasnet/search/strategies/predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/base/rank_correlation.h"

namespace nasnet::search {
namespace {

/// Fewer lessons of the own study tell nothing of earlier ones.
constexpr size_t kFewestToDoubt = 10;

/// Each value's place among all, from -1 (the least) to 1 (the greatest); for ties the mean of the
/// places that they could have.
std::vector<float> places_of(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<float> places;
  for (const double value : values) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
    const auto below = static_cast<double>((low - sorted.begin()) + (high - sorted.begin()));
    places.push_back(static_cast<float>(below / static_cast<double>(sorted.size()) - 1));
  }
  return places;
}

std::vector<const space::Choices*> choices_of(const std::vector<Lesson>& lessons, size_t count) {
  std::vector<const space::Choices*> all;
  for (size_t i = 0; i < count; ++i) all.push_back(&lessons[i].choices);
  return all;
}

}  // namespace

RewardModel::RewardModel(const space::SearchSpace& space, const std::vector<Lesson>& lessons,
                         const TreeSettings& trees)
    : one_hot_(space) {
  std::vector<double> rewards;
  for (const Lesson& lesson : lessons) rewards.push_back(lesson.reward);
  trees_ =
      std::make_unique<const BoostedTrees>(one_hot_.rows(choices_of(lessons, lessons.size())),
                                           places_of(rewards), trees, std::vector<uint32_t>{1});
}

std::vector<double> RewardModel::rank(const std::vector<const space::Choices*>& candidates) const {
  const std::vector<float> places = trees_->predict(one_hot_.rows(candidates))[0];
  return {places.begin(), places.end()};
}

Predictor::Predictor(const Candidates& candidates, const TreeSettings& trees, int members)
    : candidates_(candidates),
      one_hot_(candidates.space()),
      trees_(trees),
      members_(members),
      unknown_goals_(candidates.unknown_goals()) {
  for (const EarlierStudy& study : candidates.earlier())
    earlier_.emplace_back(candidates.space(), study.lessons, trees);
  forget();
}

void Predictor::forget() {
  models_.clear();
  counts_.assign(earlier_.size(), true);
}

/// Number by number, of the first lessons: more is better.
std::vector<std::vector<double>> Predictor::learned_values(const std::vector<Lesson>& lessons,
                                                           size_t count) const {
  const bool reward_alone = candidates_.goals().empty();
  std::vector<std::vector<double>> values(reward_alone ? 1 : unknown_goals_.size());
  for (size_t i = 0; i < count; ++i) {
    if (reward_alone) values[0].push_back(lessons[i].reward);
    for (size_t k = 0; !reward_alone && k < values.size(); ++k)
      values[k].push_back(-lessons[i].losses[unknown_goals_[k]]);
  }
  return values;
}

/// `study`: 0 for the own one, then the earlier ones.
void Predictor::add_rows(const std::vector<const space::Choices*>& candidates, size_t study,
                         FeatureRows& rows) const {
  const FeatureRows choices = one_hot_.rows(candidates);
  const size_t columns = candidates_.columns().size();
  rows.columns = choices.columns + columns + earlier_.size();
  const std::vector<float> missing(columns, std::numeric_limits<float>::quiet_NaN());
  for (size_t i = 0; i < candidates.size(); ++i) {
    const auto own = choices.values.begin() + static_cast<std::ptrdiff_t>(i * choices.columns);
    rows.values.insert(rows.values.end(), own, own + static_cast<std::ptrdiff_t>(choices.columns));
    const std::vector<float> counted =
        study == 0 ? candidates_.column_values(*candidates[i]) : missing;
    rows.values.insert(rows.values.end(), counted.begin(), counted.end());
    for (size_t k = 1; k <= earlier_.size(); ++k) rows.values.push_back(study == k ? 1.0f : 0.0f);
  }
}

void Predictor::doubt_earlier(const std::vector<Lesson>& lessons, size_t count) {
  if (count < kFewestToDoubt) return;
  std::vector<double> rewards;
  for (size_t i = 0; i < count; ++i) rewards.push_back(lessons[i].reward);
  for (size_t k = 0; k < earlier_.size(); ++k)
    counts_[k] = kendall(earlier_[k].rank(choices_of(lessons, count)), rewards) > 0;
}

void Predictor::train(const std::vector<Lesson>& lessons, size_t count, Random& random) {
  forget();
  doubt_earlier(lessons, count);
  FeatureRows rows;
  add_rows(choices_of(lessons, count), 0, rows);
  std::vector<std::vector<float>> places;
  for (const auto& values : learned_values(lessons, count)) places.push_back(places_of(values));
  for (size_t k = 0; k < earlier_.size(); ++k) {
    if (!counts_[k]) continue;
    const std::vector<Lesson>& theirs = candidates_.earlier()[k].lessons;
    add_rows(choices_of(theirs, theirs.size()), k + 1, rows);
    const auto values = learned_values(theirs, theirs.size());
    for (size_t n = 0; n < values.size(); ++n) {
      const std::vector<float> more = places_of(values[n]);
      places[n].insert(places[n].end(), more.begin(), more.end());
    }
  }
  NASNET_CHECK(rows.rows() > 0, "models learn from lessons");
  for (const std::vector<float>& own : places) {
    std::vector<uint32_t> seeds;
    for (int m = 0; m < members_; ++m) seeds.push_back(random.next());
    models_.push_back(std::make_unique<const BoostedTrees>(rows, own, trees_, seeds));
  }
}

std::vector<std::vector<double>> Predictor::draw(const std::vector<space::Choices>& candidates,
                                                 Random& random) const {
  std::vector<const space::Choices*> all;
  for (const space::Choices& choices : candidates) all.push_back(&choices);
  FeatureRows rows;
  add_rows(all, 0, rows);
  const auto members = static_cast<double>(members_);
  std::vector<std::vector<double>> scores;
  for (const auto& model : models_) {
    std::vector<double> sum(candidates.size(), 0), squares(candidates.size(), 0);
    for (const std::vector<float>& predicted : model->predict(rows)) {
      for (size_t i = 0; i < predicted.size(); ++i) {
        sum[i] += predicted[i];
        squares[i] += static_cast<double>(predicted[i]) * predicted[i];
      }
    }
    std::vector<double>& own = scores.emplace_back();
    for (size_t i = 0; i < candidates.size(); ++i) {
      const double mean = sum[i] / members;
      const double deviation = std::sqrt(std::max(0.0, squares[i] / members - mean * mean));
      own.push_back(-(mean + deviation * random.normal()));
    }
  }
  return scores;
}

}  // namespace nasnet::search
