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

/// The value at a place from -1 to 1 (see Predictor), linearly between neighbours. `sorted`
/// ascends.
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
      unknown_goals_(candidates.unknown_goals()),
      predictor_(candidates, settings.trees, settings.members),
      state_{Repeats(candidates_)} {}

void BananasStrategy::refit_if_grown() {
  if (state_.fitted == 0 || state_.known.size() * 10 >= state_.fitted * 11) {
    forget_some(state_.known, kMostKnown);
    state_.fitted = state_.known.size();
    predictor_.forget();
  }
  if (predictor_.is_trained()) return;
  Random random(seed_, state_.fitted, "bananas models");
  predictor_.train(state_.known, state_.fitted, random);
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

/// Places of the best: by reward so many, or the front.
std::vector<size_t> BananasStrategy::best_of(const std::vector<Lesson>& known) const {
  if (!candidates_.goals().empty()) {
    std::vector<Losses> points;
    for (const Lesson& one : known) points.push_back(one.losses);
    return pareto_front(points);
  }
  std::vector<size_t> order(known.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t parents = std::min<size_t>(order.size(), settings_.parents);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(parents),
                    order.end(), [&](size_t a, size_t b) {
                      const double x = known[a].reward, y = known[b].reward;
                      return x != y ? x > y : a < b;
                    });
  order.resize(parents);
  return order;
}

/// The best that are known, and until there are enough of them, those of earlier studies.
std::vector<const space::Choices*> BananasStrategy::parents() const {
  std::vector<const space::Choices*> parents;
  for (const size_t i : best_of(state_.known)) parents.push_back(&state_.known[i].choices);
  for (size_t k = 0; k < candidates_.earlier().size(); ++k) {
    if (!predictor_.counts(k)) continue;
    const std::vector<Lesson>& lessons = candidates_.earlier()[k].lessons;
    for (const size_t i : best_of(lessons))
      if (std::ssize(parents) < settings_.parents) parents.push_back(&lessons[i].choices);
  }
  return parents;
}

/// Mutated copies of the parents and random candidates, none of which has been proposed.
std::vector<space::Choices> BananasStrategy::draw_candidates(int count, Random& random) const {
  const std::vector<const space::Choices*> parents = this->parents();
  std::vector<space::Choices> candidates;
  Repeats fresh = state_.repeats;
  // A generation of many needs more to choose among.
  const int times = 1 + (count - 1) / 20;
  for (int i = 0; i < times * (settings_.mutated + settings_.random); ++i) {
    std::optional<space::Choices> choices;
    if (i < times * settings_.mutated) {
      const auto parent = random.below(static_cast<uint32_t>(parents.size()));
      const int mutations = 1 + static_cast<int>(random.below(3));
      choices = mutate_admitted(candidates_, *parents[parent], mutations, random);
    } else {
      choices = try_random(candidates_, random, kScoredDraws);
    }
    if (choices && fresh.add(*choices)) candidates.push_back(std::move(*choices));
  }
  return candidates;
}

/// Places become losses by those observed, or until there are any by an earlier study's; the losses
/// that can be counted are.
std::vector<size_t> BananasStrategy::best_by_front(const std::vector<space::Choices>& candidates,
                                                   const Scores& scores, size_t count) const {
  std::vector<std::vector<double>> seen(unknown_goals_.size());
  std::vector<Losses> front, points;
  const std::vector<Lesson>& observed =
      state_.known.empty() ? candidates_.earlier()[0].lessons : state_.known;
  for (const Lesson& known : observed)
    for (size_t k = 0; k < seen.size(); ++k) seen[k].push_back(known.losses[unknown_goals_[k]]);
  for (std::vector<double>& own : seen) std::sort(own.begin(), own.end());
  for (const size_t i : best_of(state_.known)) front.push_back(state_.known[i].losses);
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
  const Scores scores = predictor_.draw(candidates, random);
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
  while (proposals.size() < wanted && candidates_.earlier().empty() &&
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
  for (const Lesson& known : state_.known) {
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
    Lesson known{read_choices(reader, candidates_.space()), 0, {}};
    known.reward = reader.value<double>();
    if (goals > 0) known.losses = reader.list<double>();
    if (!std::isfinite(known.reward) || known.losses.size() != goals) StateReader::fail();
    next.known.push_back(std::move(known));
  }
  if (next.fitted > next.known.size()) StateReader::fail();
  reader.expect_end();
  state_ = std::move(next);
  predictor_.forget();
}

}  // namespace nasnet::search
