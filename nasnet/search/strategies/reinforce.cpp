#include "nasnet/search/strategies/reinforce.h"

#include <algorithm>

namespace nasnet::search {

ReinforceStrategy::ReinforceStrategy(const Candidates& candidates, ReinforceSettings settings,
                                     uint64_t seed)
    : PolicyStrategy(candidates,
                     {.hidden = settings.hidden,
                      .learning_rate = settings.learning_rate,
                      .baseline_weight = settings.baseline_weight,
                      .minibatch = settings.minibatch,
                      .updates = 1,
                      .gradient_clip = settings.gradient_clip,
                      .advantage = settings.advantage,
                      .avoid_repeats = settings.avoid_repeats},
                     seed),
      settings_(settings) {}

void ReinforceStrategy::objective(const PolicyBatch<float>& batch,
                                  const Controller<float>::Tape& tape,
                                  std::vector<float>& d_log_probability,
                                  std::vector<float>& d_entropy) const {
  const size_t candidates = batch.choices.size();
  const size_t steps = tape.log_probability.size() / candidates;
  const float share = 1.0f / static_cast<float>(candidates);
  d_entropy.assign(candidates * steps, share * static_cast<float>(settings_.entropy_weight));
  d_log_probability.resize(candidates * steps);
  for (size_t b = 0; b < candidates; ++b)
    std::fill_n(d_log_probability.begin() + static_cast<std::ptrdiff_t>(b * steps), steps,
                share * batch.advantage[b]);
}

}  // namespace nasnet::search
