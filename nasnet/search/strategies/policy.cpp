#include "nasnet/search/strategies/policy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"
#include "nasnet/search/strategies/controller_math.h"
#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/strategies/state_bytes.h"

namespace nasnet::search {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;  // Adam's usual
constexpr size_t kMostRewards = 256;

}  // namespace

PolicyStrategy::PolicyStrategy(const Candidates& candidates, PolicySettings settings, uint64_t seed)
    : settings_(settings),
      seed_(seed),
      candidates_(candidates),
      state_{Controller<float>(candidates_.space().decisions(), settings_.hidden, seed),
             Repeats(candidates_)} {
  state_.adam_m.resize(state_.controller.parameters().size());
  state_.adam_v.resize(state_.controller.parameters().size());
}

std::vector<space::Choices> PolicyStrategy::propose(int count) {
  const size_t n = count;
  const size_t steps = state_.controller.steps();
  // A stream for each proposal: how often one is drawn again changes no other.
  std::vector<Random> random;
  for (size_t i = 0; i < n; ++i)
    random.emplace_back(seed_, state_.proposed + i, "controller proposal");
  std::vector<Sample> samples(n);
  std::vector<size_t> open(n);  // the proposals that still need a candidate
  std::iota(open.begin(), open.end(), size_t{0});
  std::vector<int> refused(n, 0), repeated(n, 0);
  Controller<float>::Tape tape;
  for (bool first = true; !open.empty(); first = false) {
    state_.controller.sample(
        open.size(), [&](size_t k) { return random[open[k]].uniform(); }, tape);
    if (first) latest_policy_ = shape_of(tape);
    std::vector<size_t> again;
    for (size_t k = 0; k < open.size(); ++k) {
      const size_t i = open[k];
      if (!candidates_.admits(tape.choices[k])) {
        if (++refused[i] < kDraws) {
          again.push_back(i);
        } else {
          samples[i].choices = random_admitted(candidates_, random[i]);
          ++state_.undrawn;
          if (settings_.avoid_repeats) state_.repeats.add(samples[i].choices);
        }
        continue;
      }
      if (settings_.avoid_repeats && !state_.repeats.add(tape.choices[k]) &&
          ++repeated[i] < Repeats::kTries) {
        again.push_back(i);
        continue;
      }
      const float* row = tape.log_probability.data() + k * steps;
      samples[i] = {tape.choices[k], {row, row + steps}, 0};
    }
    open = std::move(again);
  }
  std::vector<space::Choices> proposals;
  for (Sample& sample : samples) {
    proposals.push_back(sample.choices);
    state_.waiting.add(std::move(sample));
  }
  state_.proposed += n;
  return proposals;
}

PolicyShape PolicyStrategy::shape_of(const Controller<float>::Tape& tape) const {
  PolicyShape shape;
  const auto candidates = static_cast<double>(tape.batch);
  for (const std::vector<float>& log_p : tape.log_p) {
    std::vector<double>& mean = shape.probabilities.emplace_back(log_p.size() / tape.batch);
    for (size_t i = 0; i < log_p.size(); ++i)
      mean[i % mean.size()] += std::exp(static_cast<double>(log_p[i])) / candidates;
  }
  double most = 0;
  for (const float own : tape.entropy) shape.entropy += own;
  for (const space::Decision& decision : candidates_.space().decisions())
    most += std::log(static_cast<double>(decision.choices));
  shape.entropy = most > 0 ? shape.entropy / candidates / most : 0;
  return shape;
}

std::optional<double> PolicyStrategy::entropy_share() const {
  if (state_.proposed == 0) return std::nullopt;
  constexpr size_t kDrawn = 64;
  std::vector<Random> random;
  for (size_t i = 0; i < kDrawn; ++i) random.emplace_back(seed_, i, "entropy");
  Controller<float>::Tape tape;
  state_.controller.sample(
      kDrawn, [&](size_t i) { return random[i].uniform(); }, tape);
  return shape_of(tape).entropy;
}

void PolicyStrategy::observe(const std::vector<Observation>& observations) {
  for (const Observation& observation : observations) {
    Sample sample = state_.waiting.take(observation);
    if (!observation.reward || sample.log_probability.empty()) continue;
    sample.reward = *observation.reward;
    state_.batch.push_back(std::move(sample));
    if (std::ssize(state_.batch) == settings_.minibatch) learn();
  }
}

/// The rewards of the minibatch join the latest before ranks are taken, and the moving average only
/// afterwards: a candidate is measured against those before it.
std::vector<float> PolicyStrategy::advantages() {
  std::vector<float> advantages;
  if (settings_.advantage == Advantage::kRank) {
    std::deque<double>& rewards = state_.rewards;
    for (const Sample& sample : state_.batch) rewards.push_back(sample.reward);
    while (rewards.size() > kMostRewards) rewards.pop_front();
    for (const Sample& sample : state_.batch) {
      double balance = 0;
      for (const double reward : rewards)
        balance += (sample.reward > reward) - (sample.reward < reward);
      advantages.push_back(static_cast<float>(balance / static_cast<double>(rewards.size())));
    }
    return advantages;
  }
  if (!state_.has_baseline) {
    for (const Sample& s : state_.batch)
      state_.baseline += s.reward / static_cast<double>(state_.batch.size());
    state_.has_baseline = true;
  }
  for (const Sample& sample : state_.batch)
    advantages.push_back(static_cast<float>(sample.reward - state_.baseline));
  const double weight = settings_.baseline_weight;
  for (const Sample& sample : state_.batch)
    state_.baseline = weight * state_.baseline + (1 - weight) * sample.reward;
  return advantages;
}

void PolicyStrategy::learn() {
  PolicyBatch<float> batch;
  batch.advantage = advantages();
  NASNET_CHECK(batch.advantage.size() == state_.batch.size(), "an advantage for each candidate");
  for (const Sample& sample : state_.batch) {
    batch.choices.push_back(sample.choices);
    batch.old_log_probability.insert(batch.old_log_probability.end(),
                                     sample.log_probability.begin(), sample.log_probability.end());
  }
  state_.batch.clear();
  // The first update moves the policy that proposed (but for --lag); the next ones the moved one,
  // which is why PPO keeps the old probabilities.
  Controller<float>::Tape tape;
  std::vector<float> d_log_probability, d_entropy, gradient;
  for (int update = 0; update < settings_.updates; ++update) {
    state_.controller.forward(batch.choices, tape);
    objective(batch, tape, d_log_probability, d_entropy);
    state_.controller.backward(tape, d_log_probability, d_entropy, gradient);
    step(gradient);
  }
}

/// One step of Adam (Kingma & Ba 2015), the bias of both moments taken into its rate.
void PolicyStrategy::step(std::vector<float>& gradient) {
  NASNET_CHECK(gradient.size() == state_.adam_m.size() && gradient.size() == state_.adam_v.size(),
               "a moment for each parameter");
  double square = 0;
  for (const float g : gradient) square += static_cast<double>(g) * g;
  const double norm = std::sqrt(square);
  float scale = -1;  // Adam descends, the objective is to grow
  if (settings_.gradient_clip > 0 && norm > settings_.gradient_clip)
    scale = static_cast<float>(-settings_.gradient_clip / norm);
  for (float& g : gradient) g *= scale;
  ++state_.adam_steps;
  const auto t = static_cast<double>(state_.adam_steps);
  const double rate =
      settings_.learning_rate * std::sqrt(1 - std::pow(kBeta2, t)) / (1 - std::pow(kBeta1, t));
  adam({static_cast<float>(rate), static_cast<float>(kBeta1), static_cast<float>(kBeta2),
        static_cast<float>(kEpsilon)},
       gradient.data(), state_.adam_m.data(), state_.adam_v.data(),
       state_.controller.parameters().data(), gradient.size());
}

std::string PolicyStrategy::save() const {
  StateWriter writer;
  writer.value(state_version());
  writer.value(state_.proposed);
  writer.value(state_.baseline);
  writer.value(static_cast<uint8_t>(state_.has_baseline));
  writer.value(state_.adam_steps);
  writer.list(state_.controller.parameters());
  writer.list(state_.adam_m);
  writer.list(state_.adam_v);
  writer.list(std::vector<double>(state_.rewards.begin(), state_.rewards.end()));
  state_.repeats.save(writer);
  const auto write_sample = [&](const Sample& sample) {
    writer.list(sample.choices);
    writer.list(sample.log_probability);
    writer.value(sample.reward);
  };
  state_.waiting.save(writer, write_sample);
  writer.value(static_cast<uint64_t>(state_.batch.size()));
  for (const Sample& sample : state_.batch) write_sample(sample);
  // States are the same as ever where it has not happened.
  if (state_.undrawn > 0) writer.value(state_.undrawn);
  return writer.take();
}

PolicyStrategy::Sample PolicyStrategy::read_sample(StateReader& reader) const {
  Sample sample;
  sample.choices = read_choices(reader, candidates_.space());
  sample.log_probability = reader.list<float>();
  sample.reward = reader.value<double>();
  const size_t drawn = sample.log_probability.size();
  if (drawn != 0 && drawn != sample.choices.size()) StateReader::fail();
  return sample;
}

void PolicyStrategy::restore(const std::string& state) {
  StateReader reader(state);
  if (reader.value<uint32_t>() != state_version()) StateReader::fail();
  State next = state_;
  next.proposed = reader.value<uint64_t>();
  next.baseline = reader.value<double>();
  next.has_baseline = reader.value<uint8_t>() != 0;
  next.adam_steps = reader.value<uint64_t>();
  next.controller.parameters() = reader.list<float>();
  next.adam_m = reader.list<float>();
  next.adam_v = reader.list<float>();
  for (const auto* list : {&next.controller.parameters(), &next.adam_m, &next.adam_v})
    if (list->size() != state_.controller.parameters().size()) StateReader::fail();
  const auto rewards = reader.list<double>();
  if (rewards.size() > kMostRewards) StateReader::fail();
  next.rewards.assign(rewards.begin(), rewards.end());
  next.repeats.restore(reader);
  next.batch.clear();
  next.waiting.restore(reader, [&] { return read_sample(reader); });
  for (auto n = reader.value<uint64_t>(); n > 0; --n) {
    next.batch.push_back(read_sample(reader));
    if (next.batch.back().log_probability.empty()) StateReader::fail();
  }
  if (std::ssize(next.batch) >= settings_.minibatch) StateReader::fail();
  next.undrawn = reader.at_end() ? 0 : reader.value<uint64_t>();
  reader.expect_end();
  state_ = std::move(next);
}

}  // namespace nasnet::search
