#include "nasnet/search/strategies/evolution.h"

#include <iterator>

#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/strategies/state_bytes.h"

namespace nasnet::search {
namespace {

constexpr uint32_t kEvolutionState = 0x65000001;  // 'e', version 1

}  // namespace

EvolutionStrategy::EvolutionStrategy(const space::SearchSpace& space, EvolutionSettings settings,
                                     uint64_t seed)
    : settings_(settings), seed_(seed), space_(&space), state_{Repeats(space)} {}

std::vector<space::Choices> EvolutionStrategy::propose(int count) {
  std::vector<space::Choices> proposals;
  const size_t wanted = settings_.population;
  for (int i = 0; i < count; ++i) {
    Random random(seed_, state_.proposed++, "evolution");
    const auto& population = state_.population;
    // Proposals that are not observed yet will join: no more than P are drawn at random.
    const bool first = population.empty() || population.size() + state_.waiting.size() < wanted;
    space::Choices choices;
    if (first) {
      choices = random_choices(*space_, random);
    } else {
      const Member* best = nullptr;
      for (int s = 0; s < settings_.sample; ++s) {
        const auto drawn = random.below(static_cast<uint32_t>(population.size()));
        if (best == nullptr || population[drawn].reward > best->reward) best = &population[drawn];
      }
      choices = best->choices;
      mutate(*space_, choices, random);
    }
    if (settings_.avoid_repeats) {
      for (int left = Repeats::kTries; !state_.repeats.add(choices) && left > 0; --left) {
        if (first)
          choices = random_choices(*space_, random);
        else
          mutate(*space_, choices, random);
      }
    }
    state_.waiting.add(choices);
    proposals.push_back(std::move(choices));
  }
  return proposals;
}

void EvolutionStrategy::observe(const std::vector<Observation>& observations) {
  for (const Observation& observation : observations) {
    state_.waiting.take(observation);
    if (!observation.reward) continue;
    state_.population.push_back({observation.choices, *observation.reward});
    if (std::ssize(state_.population) > settings_.population) state_.population.pop_front();
  }
}

std::string EvolutionStrategy::save() const {
  StateWriter writer;
  writer.value(kEvolutionState);
  writer.value(state_.proposed);
  state_.repeats.save(writer);
  state_.waiting.save(writer, [&](const space::Choices& choices) { writer.list(choices); });
  writer.value(static_cast<uint64_t>(state_.population.size()));
  for (const Member& member : state_.population) {
    writer.list(member.choices);
    writer.value(member.reward);
  }
  return writer.take();
}

void EvolutionStrategy::restore(const std::string& state) {
  StateReader reader(state);
  if (reader.value<uint32_t>() != kEvolutionState) StateReader::fail();
  State next{Repeats(*space_)};
  next.proposed = reader.value<uint64_t>();
  next.repeats.restore(reader);
  next.waiting.restore(reader, [&] { return read_choices(reader, *space_); });
  for (auto n = reader.value<uint64_t>(); n > 0; --n) {
    Member member{read_choices(reader, *space_), 0};
    member.reward = reader.value<double>();
    next.population.push_back(std::move(member));
  }
  if (std::ssize(next.population) > settings_.population) StateReader::fail();
  reader.expect_end();
  state_ = std::move(next);
}

}  // namespace nasnet::search
