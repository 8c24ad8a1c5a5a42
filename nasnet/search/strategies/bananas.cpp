#include "nasnet/search/strategies/bananas.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "nasnet/base/check.h"
#include "nasnet/search/goals/volume_picks.h"
#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/strategies/state_bytes.h"

namespace nasnet::search {
namespace {

// 'b', versions 1 and 2, which has losses.
constexpr uint32_t kBananasState = 0x62000001, kBananasOfGoals = 0x62000002;
constexpr size_t kMostKnown = 2000;
/// Draws of a random candidate that is only scored; where none is within the limits there is one
/// fewer.
constexpr int kScoredDraws = 50;

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

/// The other way round: the value at a place, linearly between neighbours. `sorted` ascends.
double value_at(const std::vector<double>& sorted, double place) {
  const double share = std::clamp((place + 1) / 2, 0.0, 1.0);
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

}  // namespace

BananasStrategy::BananasStrategy(const Candidates& candidates, BananasSettings settings,
                                 uint64_t seed)
    : settings_(settings),
      seed_(seed),
      candidates_(candidates),
      one_hot_(candidates.space()),
      unknown_goals_(candidates.unknown_goals()),
      state_{Repeats(candidates_)} {}

/// Those numbers of a candidate that are learned: less is better.
std::vector<double> BananasStrategy::modelled(const Known& known) const {
  if (candidates_.goals().empty()) return {-known.reward};
  std::vector<double> losses;
  for (const size_t goal : unknown_goals_) losses.push_back(known.losses[goal]);
  return losses;
}

void BananasStrategy::train() {
  NASNET_CHECK(state_.fitted > 0 && state_.fitted <= state_.known.size(),
               "the models are those of observations that are still known");
  std::vector<space::Choices> candidates;
  std::vector<std::vector<double>> values(modelled(state_.known[0]).size());
  for (size_t i = 0; i < state_.fitted; ++i) {
    candidates.push_back(state_.known[i].choices);
    const std::vector<double> own = modelled(state_.known[i]);
    for (size_t k = 0; k < values.size(); ++k) values[k].push_back(own[k]);
  }
  const FeatureRows rows = one_hot_.rows(candidates);
  Random random(seed_, state_.fitted, "bananas models");
  models_.clear();
  for (std::vector<double>& own : values) {
    std::vector<uint32_t> seeds;
    for (int m = 0; m < settings_.members; ++m) seeds.push_back(random.next());
    // Learned are places that are the greater the better.
    for (double& value : own) value = -value;
    models_.push_back(
        std::make_shared<const BoostedTrees>(rows, places_of(own), settings_.trees, seeds));
  }
}

/// Keeps the better half, by reward or by rank among the goals, so that the models still know what
/// is good, and of the rest the latest.
void BananasStrategy::forget() {
  std::vector<Known>& known = state_.known;
  if (known.size() <= kMostKnown) return;
  std::vector<double> worth;
  if (candidates_.goals().empty()) {
    for (const Known& k : known) worth.push_back(k.reward);
  } else {
    std::vector<Losses> points;
    for (const Known& k : known) points.push_back(k.losses);
    for (const int rank : pareto_ranks(points)) worth.push_back(-rank);
  }
  std::vector<double> sorted = worth;
  const auto middle = sorted.begin() + kMostKnown / 2;
  std::nth_element(sorted.begin(), middle, sorted.end(), std::greater<>());
  const double good = *middle;
  size_t excess = known.size() - kMostKnown;
  std::vector<Known> kept;
  for (size_t i = 0; i < known.size(); ++i) {
    const bool drop = excess > 0 && worth[i] <= good;
    if (drop) --excess;
    if (!drop) kept.push_back(std::move(known[i]));
  }
  known = std::move(kept);
}

void BananasStrategy::refit_if_grown() {
  if (state_.fitted == 0 || state_.known.size() * 10 >= state_.fitted * 11) {
    forget();
    state_.fitted = state_.known.size();
    models_.clear();
  }
  if (models_.empty()) train();
}

space::Choices BananasStrategy::propose_random() {
  Random random(seed_, state_.proposed, "bananas random");
  std::vector<space::Choices> drawn;
  for (int draw = 0; draw < candidates_.screen().draws; ++draw) {
    space::Choices& choices = drawn.emplace_back(random_admitted(candidates_, random));
    for (int left = Repeats::kTries; state_.repeats.knows(choices) && left > 0; --left)
      choices = random_admitted(candidates_, random);
  }
  space::Choices choices = candidates_.pick(std::move(drawn));
  state_.repeats.add(choices);
  return choices;
}

/// The best by reward, or the front: places among those known.
std::vector<size_t> BananasStrategy::parents() const {
  if (!candidates_.goals().empty()) {
    std::vector<Losses> points;
    for (const Known& known : state_.known) points.push_back(known.losses);
    return pareto_front(points);
  }
  std::vector<size_t> order(state_.known.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t parents = std::min<size_t>(order.size(), settings_.parents);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(parents),
                    order.end(), [&](size_t a, size_t b) {
                      const double x = state_.known[a].reward, y = state_.known[b].reward;
                      return x != y ? x > y : a < b;
                    });
  order.resize(parents);
  return order;
}

/// Mutated copies of the parents and random candidates, none of which has been proposed.
std::vector<space::Choices> BananasStrategy::draw_candidates(int count, Random& random) const {
  const std::vector<size_t> parents = this->parents();
  std::vector<space::Choices> candidates;
  Repeats fresh = state_.repeats;
  // A generation of many needs more to choose among.
  const int times = 1 + (count - 1) / 20;
  for (int i = 0; i < times * (settings_.mutated + settings_.random); ++i) {
    std::optional<space::Choices> choices;
    if (i < times * settings_.mutated) {
      const size_t parent = parents[random.below(static_cast<uint32_t>(parents.size()))];
      const int mutations = 1 + static_cast<int>(random.below(3));
      choices = mutate_admitted(candidates_, state_.known[parent].choices, mutations, random);
    } else {
      choices = try_random(candidates_, random, kScoredDraws);
    }
    if (choices && fresh.add(*choices)) candidates.push_back(std::move(*choices));
  }
  return candidates;
}

/// Of each model a place for each candidate, drawn from the normal distribution with its members'
/// mean and standard deviation.
BananasStrategy::Scores BananasStrategy::draw_scores(const std::vector<space::Choices>& candidates,
                                                     Random& random) const {
  const FeatureRows rows = one_hot_.rows(candidates);
  const auto members = static_cast<double>(settings_.members);
  Scores scores;
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

/// Places become losses by those observed; the losses that can be counted are.
std::vector<size_t> BananasStrategy::best_by_front(const std::vector<space::Choices>& candidates,
                                                   const Scores& scores, size_t count) const {
  std::vector<std::vector<double>> seen(unknown_goals_.size());
  std::vector<Losses> front, points;
  for (const Known& known : state_.known)
    for (size_t k = 0; k < seen.size(); ++k) seen[k].push_back(known.losses[unknown_goals_[k]]);
  for (std::vector<double>& own : seen) std::sort(own.begin(), own.end());
  for (const size_t parent : parents()) front.push_back(state_.known[parent].losses);
  std::vector<double> otherwise(candidates.size(), 0);
  for (size_t i = 0; i < candidates.size(); ++i) {
    Losses& losses = points.emplace_back();
    for (const auto& known : candidates_.known_losses(candidates[i]))
      losses.push_back(known.value_or(0));
    for (size_t k = 0; k < seen.size(); ++k) {
      losses[unknown_goals_[k]] = value_at(seen[k], scores[k][i]);
      otherwise[i] += scores[k][i];
    }
  }
  return pick_by_volume(front, points, otherwise, candidates_.reference(), count);
}

void BananasStrategy::propose_scored(int count, std::vector<space::Choices>& proposals) {
  refit_if_grown();
  Random random(seed_, state_.proposed, "bananas");
  const std::vector<space::Choices> candidates =
      draw_candidates(count * candidates_.screen().draws, random);
  const Scores scores = draw_scores(candidates, random);
  const auto draws = static_cast<size_t>(candidates_.screen().draws);
  const size_t wanted = static_cast<size_t>(count) * draws;
  std::vector<size_t> order;
  if (candidates_.goals().empty()) {
    order.resize(candidates.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return scores[0][a] < scores[0][b]; });
    order.resize(std::min(order.size(), wanted));
  } else {
    order = best_by_front(candidates, scores, wanted);
  }
  for (size_t i = 0; i < order.size(); i += draws) {
    std::vector<space::Choices> drawn;
    for (size_t k = i; k < std::min(i + draws, order.size()); ++k)
      drawn.push_back(candidates[order[k]]);
    proposals.push_back(candidates_.pick(std::move(drawn)));
    state_.repeats.add(proposals.back());
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
    if (!observation.reward) continue;
    NASNET_CHECK(observation.losses.size() == candidates_.goals().size(), "a loss for each goal");
    state_.known.push_back({observation.choices, *observation.reward, observation.losses});
  }
}

std::string BananasStrategy::save() const {
  StateWriter writer;
  const bool has_goals = !candidates_.goals().empty();
  writer.value(has_goals ? kBananasOfGoals : kBananasState);
  writer.value(state_.proposed);
  state_.repeats.save(writer);
  state_.waiting.save(writer, [&](const space::Choices& choices) { writer.list(choices); });
  writer.value(state_.fitted);
  writer.value(static_cast<uint64_t>(state_.known.size()));
  for (const Known& known : state_.known) {
    writer.list(known.choices);
    writer.value(known.reward);
    if (has_goals) writer.list(known.losses);
  }
  return writer.take();
}

void BananasStrategy::restore(const std::string& state) {
  StateReader reader(state);
  const size_t goals = candidates_.goals().size();
  if (reader.value<uint32_t>() != (goals > 0 ? kBananasOfGoals : kBananasState))
    StateReader::fail();
  State next{Repeats(candidates_)};
  next.proposed = reader.value<uint64_t>();
  next.repeats.restore(reader);
  next.waiting.restore(reader, [&] { return read_choices(reader, candidates_.space()); });
  next.fitted = reader.value<uint64_t>();
  for (auto n = reader.value<uint64_t>(); n > 0; --n) {
    Known known{read_choices(reader, candidates_.space()), 0, {}};
    known.reward = reader.value<double>();
    if (goals > 0) known.losses = reader.list<double>();
    if (!std::isfinite(known.reward) || known.losses.size() != goals) StateReader::fail();
    next.known.push_back(std::move(known));
  }
  if (next.fitted > next.known.size()) StateReader::fail();
  reader.expect_end();
  state_ = std::move(next);
  models_.clear();
}

}  // namespace nasnet::search
