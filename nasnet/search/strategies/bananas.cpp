#include "nasnet/search/strategies/bananas.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "nasnet/base/check.h"
#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/strategies/state_bytes.h"

namespace nasnet::search {
namespace {

constexpr uint32_t kBananasState = 0x62000001;  // 'b', version 1
constexpr size_t kMostKnown = 2000;

}  // namespace

BananasStrategy::BananasStrategy(const space::SearchSpace& space, BananasSettings settings,
                                 uint64_t seed)
    : settings_(settings), seed_(seed), space_(&space), state_{Repeats(space)} {
  std::vector<size_t> kinds;  // the most choices of each
  for (const space::Decision& decision : space.decisions()) {
    NASNET_CHECK(decision.kind >= 0 && decision.choices > 0, "a decision has a kind and choices");
    const size_t kind = decision.kind, choices = decision.choices;
    if (kind >= kinds.size()) kinds.resize(kind + 1, 0);
    kinds[kind] = std::max(kinds[kind], choices);
    columns_ += choices;
  }
  for (const size_t choices : kinds) {
    kind_column_.push_back(columns_);
    columns_ += choices;
  }
}

FeatureRows BananasStrategy::features(const std::vector<space::Choices>& candidates) const {
  FeatureRows rows{columns_, std::vector<float>(candidates.size() * columns_, 0.0f)};
  const auto& decisions = space_->decisions();
  for (size_t i = 0; i < candidates.size(); ++i) {
    float* row = rows.values.data() + i * columns_;
    size_t column = 0;
    for (size_t d = 0; d < decisions.size(); ++d) {
      const int choice = candidates[i][d];
      NASNET_DCHECK(choice >= 0 && choice < decisions[d].choices);
      row[column + choice] = 1;
      row[kind_column_[decisions[d].kind] + choice] += 1;
      column += decisions[d].choices;
    }
  }
  return rows;
}

void BananasStrategy::train() {
  NASNET_CHECK(state_.fitted > 0 && state_.fitted <= state_.known.size(),
               "the models are those of observations that are still known");
  std::vector<space::Choices> candidates;
  std::vector<double> rewards;
  for (size_t i = 0; i < state_.fitted; ++i) {
    candidates.push_back(state_.known[i].choices);
    rewards.push_back(state_.known[i].reward);
  }
  std::vector<double> sorted = rewards;
  std::sort(sorted.begin(), sorted.end());
  std::vector<float> targets;
  for (const double reward : rewards) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), reward);
    // The mean of the places that ties could have, from -1 (the least) to 1 (the greatest).
    const auto below = static_cast<double>((low - sorted.begin()) + (high - sorted.begin()));
    targets.push_back(static_cast<float>(below / static_cast<double>(sorted.size()) - 1));
  }
  const FeatureRows rows = features(candidates);
  std::vector<uint32_t> seeds;
  Random random(seed_, state_.fitted, "bananas models");
  for (int m = 0; m < settings_.members; ++m) seeds.push_back(random.next());
  models_ = std::make_shared<const BoostedTrees>(rows, targets, settings_.trees, seeds);
}

/// Keeps the half with the better rewards, so that the models still know what is good, and of the
/// rest the latest.
void BananasStrategy::forget() {
  std::vector<Known>& known = state_.known;
  if (known.size() <= kMostKnown) return;
  std::vector<double> rewards;
  for (const Known& k : known) rewards.push_back(k.reward);
  const auto middle = rewards.begin() + kMostKnown / 2;
  std::nth_element(rewards.begin(), middle, rewards.end(), std::greater<>());
  const double good = *middle;
  size_t excess = known.size() - kMostKnown;
  std::vector<Known> kept;
  for (size_t i = 0; i < known.size(); ++i) {
    const bool drop = excess > 0 && known[i].reward <= good;
    if (drop) --excess;
    if (!drop) kept.push_back(std::move(known[i]));
  }
  known = std::move(kept);
}

void BananasStrategy::refit_if_grown() {
  if (state_.fitted == 0 || state_.known.size() * 10 >= state_.fitted * 11) {
    forget();
    state_.fitted = state_.known.size();
    models_.reset();
  }
  if (!models_) train();
}

space::Choices BananasStrategy::propose_random() {
  Random random(seed_, state_.proposed, "bananas random");
  space::Choices choices = random_choices(*space_, random);
  for (int left = Repeats::kTries; !state_.repeats.add(choices) && left > 0; --left)
    choices = random_choices(*space_, random);
  return choices;
}

void BananasStrategy::propose_scored(int count, std::vector<space::Choices>& proposals) {
  refit_if_grown();
  Random random(seed_, state_.proposed, "bananas");
  std::vector<size_t> order(state_.known.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t parents = std::min<size_t>(order.size(), settings_.parents);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(parents),
                    order.end(), [&](size_t a, size_t b) {
                      const double x = state_.known[a].reward, y = state_.known[b].reward;
                      return x != y ? x > y : a < b;
                    });
  std::vector<space::Choices> candidates;
  Repeats fresh = state_.repeats;
  // A generation of many needs more to choose among.
  const int times = 1 + (count - 1) / 20;
  for (int i = 0; i < times * (settings_.mutated + settings_.random); ++i) {
    space::Choices choices;
    if (i < times * settings_.mutated) {
      choices = state_.known[order[random.below(static_cast<uint32_t>(parents))]].choices;
      for (auto changes = 1 + random.below(3); changes > 0; --changes)
        mutate(*space_, choices, random);
    } else {
      choices = random_choices(*space_, random);
    }
    if (fresh.add(choices)) candidates.push_back(std::move(choices));
  }
  const FeatureRows rows = features(candidates);
  std::vector<double> sum(candidates.size(), 0), squares(candidates.size(), 0);
  for (const std::vector<float>& predicted : models_->predict(rows)) {
    for (size_t i = 0; i < predicted.size(); ++i) {
      sum[i] += predicted[i];
      squares[i] += static_cast<double>(predicted[i]) * predicted[i];
    }
  }
  std::vector<std::pair<double, size_t>> scores;
  const auto members = static_cast<double>(settings_.members);
  for (size_t i = 0; i < candidates.size(); ++i) {
    const double mean = sum[i] / members;
    const double deviation = std::sqrt(std::max(0.0, squares[i] / members - mean * mean));
    scores.push_back({-(mean + deviation * random.normal()), i});
  }
  std::sort(scores.begin(), scores.end());
  for (const auto& [score, i] : scores) {
    if (count-- == 0) return;
    state_.repeats.add(candidates[i]);
    proposals.push_back(candidates[i]);
    ++state_.proposed;
  }
}

std::vector<space::Choices> BananasStrategy::propose(int count) {
  std::vector<space::Choices> proposals;
  const size_t wanted = count;
  while (proposals.size() < wanted &&
         (state_.proposed < static_cast<uint64_t>(settings_.first) || state_.known.empty())) {
    proposals.push_back(propose_random());
    ++state_.proposed;
  }
  if (proposals.size() < wanted)
    propose_scored(count - static_cast<int>(proposals.size()), proposals);
  while (proposals.size() < wanted) {  // nearly the whole space has been proposed
    proposals.push_back(propose_random());
    ++state_.proposed;
  }
  for (const space::Choices& choices : proposals) state_.waiting.add(choices);
  return proposals;
}

void BananasStrategy::observe(const std::vector<Observation>& observations) {
  for (const Observation& observation : observations) {
    state_.waiting.take(observation);
    if (observation.reward) state_.known.push_back({observation.choices, *observation.reward});
  }
}

std::string BananasStrategy::save() const {
  StateWriter writer;
  writer.value(kBananasState);
  writer.value(state_.proposed);
  state_.repeats.save(writer);
  state_.waiting.save(writer, [&](const space::Choices& choices) { writer.list(choices); });
  writer.value(state_.fitted);
  writer.value(static_cast<uint64_t>(state_.known.size()));
  for (const Known& known : state_.known) {
    writer.list(known.choices);
    writer.value(known.reward);
  }
  return writer.take();
}

void BananasStrategy::restore(const std::string& state) {
  StateReader reader(state);
  if (reader.value<uint32_t>() != kBananasState) StateReader::fail();
  State next{Repeats(*space_)};
  next.proposed = reader.value<uint64_t>();
  next.repeats.restore(reader);
  next.waiting.restore(reader, [&] { return read_choices(reader, *space_); });
  next.fitted = reader.value<uint64_t>();
  for (auto n = reader.value<uint64_t>(); n > 0; --n) {
    Known known{read_choices(reader, *space_), 0};
    known.reward = reader.value<double>();
    if (!std::isfinite(known.reward)) StateReader::fail();
    next.known.push_back(std::move(known));
  }
  if (next.fitted > next.known.size()) StateReader::fail();
  reader.expect_end();
  state_ = std::move(next);
  models_.reset();
}

}  // namespace nasnet::search
