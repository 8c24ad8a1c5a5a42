#include "nasnet/search/strategies/evolution.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "nasnet/base/check.h"
#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/strategies/state_bytes.h"

namespace nasnet::search {
namespace {

// 'e', versions 1 and 2, which has losses.
constexpr uint32_t kEvolutionState = 0x65000001, kEvolutionOfGoals = 0x65000002;

EvolutionSettings settings_for(const Goals& goals, EvolutionSettings settings) {
  if (goals.empty()) return settings;
  settings.population = settings.front_population;
  settings.sample = settings.front_sample;
  return settings;
}

}  // namespace

EvolutionStrategy::EvolutionStrategy(const Candidates& candidates, EvolutionSettings settings,
                                     uint64_t seed)
    : settings_(settings_for(candidates.goals(), settings)),
      seed_(seed),
      candidates_(candidates),
      state_{Repeats(candidates_)} {}

/// A number for each member of the population: the less, the better; equal ones are as good.
std::vector<size_t> EvolutionStrategy::order_of_merit() const {
  const auto& population = state_.population;
  std::vector<int> ranks(population.size(), 0);
  std::vector<double> worth;  // of two with the same rank
  if (candidates_.goals().empty()) {
    for (const Member& member : population) worth.push_back(member.reward);
  } else {
    std::vector<Losses> points;
    for (const Member& member : population) points.push_back(member.losses);
    ranks = pareto_ranks(points);
    worth = crowding(points, ranks);
  }
  const auto better = [&](size_t a, size_t b) {
    return ranks[a] != ranks[b] ? ranks[a] < ranks[b] : worth[a] > worth[b];
  };
  std::vector<size_t> order(population.size()), merit(population.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), better);
  for (size_t k = 1; k < order.size(); ++k)
    merit[order[k]] = merit[order[k - 1]] + (better(order[k - 1], order[k]) ? 1 : 0);
  return merit;
}

space::Choices EvolutionStrategy::draw_first(Random& random) const {
  space::Choices choices = random_admitted(candidates_, random);
  for (int left = Repeats::kTries; is_repeat(choices) && left > 0; --left)
    choices = random_admitted(candidates_, random);
  return choices;
}

/// The best of S members, mutated; again where it is a repeat.
space::Choices EvolutionStrategy::draw_child(const std::vector<size_t>& merit,
                                             Random& random) const {
  const auto& population = state_.population;
  size_t best = population.size();
  for (int s = 0; s < settings_.sample; ++s) {
    const size_t drawn = random.below(static_cast<uint32_t>(population.size()));
    if (best == population.size() || merit[drawn] < merit[best]) best = drawn;
  }
  space::Choices choices = mutate_admitted(candidates_, population[best].choices, 1, random);
  for (int left = Repeats::kTries; is_repeat(choices) && left > 0; --left)
    choices = mutate_admitted(candidates_, choices, 1, random);
  return choices;
}

std::vector<space::Choices> EvolutionStrategy::propose(int count) {
  std::vector<space::Choices> proposals;
  const size_t wanted = settings_.population;
  const auto& population = state_.population;
  const std::vector<size_t> merit = order_of_merit();
  for (int i = 0; i < count; ++i) {
    Random random(seed_, state_.proposed++, "evolution");
    // Proposals that are not observed yet will join: no more than P are drawn at random.
    const bool first = population.empty() || population.size() + state_.waiting.size() < wanted;
    std::vector<space::Choices> drawn;
    for (int draw = 0; draw < candidates_.screen().draws; ++draw)
      drawn.push_back(first ? draw_first(random) : draw_child(merit, random));
    space::Choices choices = candidates_.pick(std::move(drawn));
    if (settings_.avoid_repeats) state_.repeats.add(choices);
    state_.waiting.add(choices);
    proposals.push_back(std::move(choices));
  }
  return proposals;
}

void EvolutionStrategy::observe(const std::vector<Observation>& observations) {
  for (const Observation& observation : observations) {
    state_.waiting.take(observation);
    if (!observation.reward) continue;
    NASNET_CHECK(observation.losses.size() == candidates_.goals().size(), "a loss for each goal");
    state_.population.push_back({observation.choices, *observation.reward, observation.losses});
    if (std::ssize(state_.population) > settings_.population) state_.population.pop_front();
  }
}

std::string EvolutionStrategy::save() const {
  StateWriter writer;
  const bool has_goals = !candidates_.goals().empty();
  writer.value(has_goals ? kEvolutionOfGoals : kEvolutionState);
  writer.value(state_.proposed);
  state_.repeats.save(writer);
  state_.waiting.save(writer, [&](const space::Choices& choices) { writer.list(choices); });
  writer.value(static_cast<uint64_t>(state_.population.size()));
  for (const Member& member : state_.population) {
    writer.list(member.choices);
    writer.value(member.reward);
    if (has_goals) writer.list(member.losses);
  }
  return writer.take();
}

void EvolutionStrategy::restore(const std::string& state) {
  StateReader reader(state);
  const size_t goals = candidates_.goals().size();
  if (reader.value<uint32_t>() != (goals > 0 ? kEvolutionOfGoals : kEvolutionState))
    StateReader::fail();
  State next{Repeats(candidates_)};
  next.proposed = reader.value<uint64_t>();
  next.repeats.restore(reader);
  next.waiting.restore(reader, [&] { return read_choices(reader, candidates_.space()); });
  for (auto n = reader.value<uint64_t>(); n > 0; --n) {
    Member member{read_choices(reader, candidates_.space()), 0, {}};
    member.reward = reader.value<double>();
    if (goals > 0) member.losses = reader.list<double>();
    if (member.losses.size() != goals) StateReader::fail();
    next.population.push_back(std::move(member));
  }
  if (std::ssize(next.population) > settings_.population) StateReader::fail();
  reader.expect_end();
  state_ = std::move(next);
}

}  // namespace nasnet::search
