#include "nasnet/search/strategies/ppo.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/check.h"

namespace nasnet::search {

template <class T>
T ppo_objective(const PolicyBatch<T>& batch, const typename Controller<T>::Tape& tape,
                const PpoSettings& settings, std::vector<T>& d_log_probability,
                std::vector<T>& d_entropy) {
  const size_t candidates = batch.choices.size();
  NASNET_CHECK(candidates > 0 && tape.log_probability.size() == batch.old_log_probability.size() &&
                   batch.advantage.size() == candidates,
               "the tape is of the minibatch");
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

template float ppo_objective(const PolicyBatch<float>&, const Controller<float>::Tape&,
                             const PpoSettings&, std::vector<float>&, std::vector<float>&);
template double ppo_objective(const PolicyBatch<double>&, const Controller<double>::Tape&,
                              const PpoSettings&, std::vector<double>&, std::vector<double>&);

PpoStrategy::PpoStrategy(const Candidates& candidates, PpoSettings settings, uint64_t seed)
    : PolicyStrategy(candidates,
                     {.hidden = settings.hidden,
                      .learning_rate = settings.learning_rate,
                      .baseline_weight = settings.baseline_weight,
                      .minibatch = settings.minibatch,
                      .updates = settings.updates,
                      .gradient_clip = settings.gradient_clip,
                      .advantage = settings.advantage,
                      .avoid_repeats = settings.avoid_repeats},
                     seed),
      settings_(settings) {}

void PpoStrategy::objective(const PolicyBatch<float>& batch, const Controller<float>::Tape& tape,
                            std::vector<float>& d_log_probability,
                            std::vector<float>& d_entropy) const {
  ppo_objective(batch, tape, settings_, d_log_probability, d_entropy);
}

}  // namespace nasnet::search
