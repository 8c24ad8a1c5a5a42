#include "nasnet/search/ppo.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/random.h"
#include "nasnet/search/kernels.h"
#include "nasnet/search/state_bytes.h"

namespace nasnet::search {
namespace {

constexpr uint32_t kStateVersion = 0x70000001;                   // 'p', version 1
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;  // Adam's usual

}  // namespace

template <class T>
T ppo_objective(const PpoBatch<T>& batch, const typename Controller<T>::Tape& tape,
                const PpoSettings& settings, std::vector<T>& d_log_probability,
                std::vector<T>& d_entropy) {
  const size_t candidates = batch.choices.size();
  const size_t steps = tape.log_probability.size() / candidates;
  const T share = T(1) / static_cast<T>(candidates);
  const T low = static_cast<T>(1 - settings.clip), high = static_cast<T>(1 + settings.clip);
  const T weight = static_cast<T>(settings.entropy_weight);
  d_log_probability.assign(candidates * steps, T(0));
  d_entropy.assign(candidates * steps, share * weight);
  T value = 0;
  for (size_t b = 0; b < candidates; ++b) {
    const T advantage = batch.advantage[b];
    for (size_t i = b * steps; i < (b + 1) * steps; ++i) {
      const T ratio = std::exp(tape.log_probability[i] - batch.old_log_probability[i]);
      const T free = ratio * advantage;
      const T clipped = std::clamp(ratio, low, high) * advantage;
      value += share * (std::min(free, clipped) + weight * tape.entropy[i]);
      // Where the clipped branch is the smaller one it is constant.
      if (free <= clipped) d_log_probability[i] = share * free;
    }
  }
  return value;
}

template float ppo_objective(const PpoBatch<float>&, const Controller<float>::Tape&,
                             const PpoSettings&, std::vector<float>&, std::vector<float>&);
template double ppo_objective(const PpoBatch<double>&, const Controller<double>::Tape&,
                              const PpoSettings&, std::vector<double>&, std::vector<double>&);

PpoStrategy::PpoStrategy(const space::SearchSpace& space, PpoSettings settings, uint64_t seed)
    : settings_(settings),
      seed_(seed),
      decisions_(space.decisions()),
      controller_(space.decisions(), settings.hidden, seed),
      adam_m_(controller_.parameters().size()),
      adam_v_(controller_.parameters().size()) {}

std::vector<space::Choices> PpoStrategy::propose(int count) {
  const auto n = static_cast<size_t>(count);
  std::vector<Random> random;
  for (size_t i = 0; i < n; ++i) random.emplace_back(seed_, proposed_ + i, "controller proposal");
  Controller<float>::Tape tape;
  controller_.sample(
      n, [&](size_t i) { return random[i].uniform(); }, tape);
  const size_t steps = controller_.steps();
  for (size_t i = 0; i < n; ++i) {
    const float* row = tape.log_probability.data() + i * steps;
    waiting_.push_back({tape.choices[i], {row, row + steps}, 0});
  }
  proposed_ += n;
  return std::move(tape.choices);
}

void PpoStrategy::observe(const std::vector<Observation>& observations) {
  for (const Observation& observation : observations) {
    if (waiting_.empty() || waiting_.front().choices != observation.choices)
      throw Error(
          "a reward was observed out of the order of the proposals; this is a fault of the "
          "program, please report it");
    Sample sample = std::move(waiting_.front());
    waiting_.pop_front();
    if (!observation.reward) continue;
    sample.reward = *observation.reward;
    batch_.push_back(std::move(sample));
    if (batch_.size() == static_cast<size_t>(settings_.minibatch)) learn();
  }
}

void PpoStrategy::learn() {
  if (!has_baseline_) {
    for (const Sample& s : batch_) baseline_ += s.reward / static_cast<double>(batch_.size());
    has_baseline_ = true;
  }
  PpoBatch<float> batch;
  for (const Sample& sample : batch_) {
    batch.choices.push_back(sample.choices);
    batch.old_log_probability.insert(batch.old_log_probability.end(),
                                     sample.log_probability.begin(), sample.log_probability.end());
    batch.advantage.push_back(static_cast<float>(sample.reward - baseline_));
  }
  for (const Sample& sample : batch_)
    baseline_ =
        settings_.baseline_weight * baseline_ + (1 - settings_.baseline_weight) * sample.reward;
  batch_.clear();

  Controller<float>::Tape tape;
  std::vector<float> d_log_probability, d_entropy, gradient;
  for (int update = 0; update < settings_.updates; ++update) {
    controller_.forward(batch.choices, tape);
    ppo_objective(batch, tape, settings_, d_log_probability, d_entropy);
    controller_.backward(tape, d_log_probability, d_entropy, gradient);
    double square = 0;
    for (const float g : gradient) square += static_cast<double>(g) * g;
    const double norm = std::sqrt(square);
    float scale = -1;  // Adam descends, the objective is to grow
    if (settings_.gradient_clip > 0 && norm > settings_.gradient_clip)
      scale = static_cast<float>(-settings_.gradient_clip / norm);
    for (float& g : gradient) g *= scale;
    ++adam_steps_;
    const auto t = static_cast<double>(adam_steps_);
    const double step =
        settings_.learning_rate * std::sqrt(1 - std::pow(kBeta2, t)) / (1 - std::pow(kBeta1, t));
    adam({static_cast<float>(step), static_cast<float>(kBeta1), static_cast<float>(kBeta2),
          static_cast<float>(kEpsilon)},
         gradient.data(), adam_m_.data(), adam_v_.data(), controller_.parameters().data(),
         gradient.size());
  }
}

std::string PpoStrategy::save() const {
  StateWriter writer;
  writer.value(kStateVersion);
  writer.value(proposed_);
  writer.value(baseline_);
  writer.value(static_cast<uint8_t>(has_baseline_));
  writer.value(adam_steps_);
  writer.list(controller_.parameters());
  writer.list(adam_m_);
  writer.list(adam_v_);
  const auto write_sample = [&](const Sample& sample) {
    writer.list(sample.choices);
    writer.list(sample.log_probability);
    writer.value(sample.reward);
  };
  writer.value(static_cast<uint64_t>(waiting_.size()));
  for (const Sample& sample : waiting_) write_sample(sample);
  writer.value(static_cast<uint64_t>(batch_.size()));
  for (const Sample& sample : batch_) write_sample(sample);
  return writer.take();
}

void PpoStrategy::restore(const std::string& state) {
  StateReader reader(state);
  if (reader.value<uint32_t>() != kStateVersion) StateReader::fail();
  PpoStrategy next = *this;
  next.proposed_ = reader.value<uint64_t>();
  next.baseline_ = reader.value<double>();
  next.has_baseline_ = reader.value<uint8_t>() != 0;
  next.adam_steps_ = reader.value<uint64_t>();
  next.controller_.parameters() = reader.list<float>();
  next.adam_m_ = reader.list<float>();
  next.adam_v_ = reader.list<float>();
  for (const auto* list : {&next.controller_.parameters(), &next.adam_m_, &next.adam_v_})
    if (list->size() != controller_.parameters().size()) StateReader::fail();
  const auto read_sample = [&] {
    Sample sample;
    sample.choices = reader.list<int>();
    sample.log_probability = reader.list<float>();
    sample.reward = reader.value<double>();
    const size_t steps = controller_.steps();
    if (sample.choices.size() != steps || sample.log_probability.size() != steps)
      StateReader::fail();
    for (size_t t = 0; t < steps; ++t)
      if (sample.choices[t] < 0 || sample.choices[t] >= decisions_[t].choices) StateReader::fail();
    return sample;
  };
  next.waiting_.clear();
  next.batch_.clear();
  for (auto n = reader.value<uint64_t>(); n > 0; --n) next.waiting_.push_back(read_sample());
  for (auto n = reader.value<uint64_t>(); n > 0; --n) next.batch_.push_back(read_sample());
  reader.expect_end();
  *this = std::move(next);
}

}  // namespace nasnet::search
