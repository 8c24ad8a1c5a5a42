#pragma once

#include <nasnet/settings.h>
#include <nasnet/space.h>
#include <nasnet/study.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nasnet {

/// A candidate to evaluate. The reward may depend on these members and on nothing else: then a
/// search that is resumed, after a crash too, gives the trials of one that never stopped.
struct Candidate {
  Genotype genotype;   ///< its cells; empty in a space that has no genotypes
  std::string arm;     ///< "search", or "baseline" of a random one
  int64_t number = 0;  ///< within its arm, from 0
  uint64_t seed = 0;   ///< of the study
  Choices choices;     ///< the same candidate in any space
};

/// The reward of a candidate: higher is better. What it throws is the cause of a failed trial, and
/// so is a reward that is not finite; Interrupted ends the search. It is measured as "reward".
using Reward = std::function<double(const Candidate&)>;

/// Several measurements of a candidate, by name; the same holds of them. The setting "objective"
/// says which of them count: {"objective", "maximize f1, latency <= 5"}; else one must be "reward".
using Measure = std::function<std::map<std::string, double>(const Candidate&)>;

struct SearchProgress {
  int64_t finished = 0, total = 0;  ///< trials of all arms
  std::optional<double> best;       ///< reward of the strategy's best
};

struct SearchOptions {
  /// Some of search_settings(): {{"trials", 200}, {"strategy", "evolution"}, {"blocks", 4}}.
  Settings settings;
  uint64_t seed = 1;
  std::string store;  ///< postgresql://USER@HOST/DATABASE that keeps the study; empty for a file
  /// Names the reward, its data included, in any words: a study of another one is refused.
  std::string measure;
  std::function<void(const SearchProgress&)> show;  ///< called several times a second
  std::function<bool()> stop;                       ///< called as often: true ends the search
};

/// The settings of `nasnet search` that a search with a reward of one's own has.
std::vector<SettingFacts> search_settings();

/// Searches cells by a reward of one's own, with as many random candidates beside to compare with,
/// unless "baseline" is false. `study` is the file that keeps it, or its name in the store; an
/// existing study is resumed. `reward` is called for one candidate at a time, in this thread.
/// Throws InputError where the study was made with other settings, another seed or measure, or
/// where another process drives it; Error where the first trials all fail; Interrupted where it is
/// stopped, with all that is finished stored.
Study run_search(const std::string& study, const Reward& reward, const SearchOptions& options = {});
Study run_search(const std::string& study, const Measure& measure,
                 const SearchOptions& options = {});

}  // namespace nasnet
