#include "nasnet/exchange/families.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "nasnet/exchange/numbered_averages.h"

// Sets of a network's tensors in a file: each tensor's name is searched for a name of the network,
// and those found behind one prefix, or before one suffix, make a family. Averages are known by
// words in these, or by what stands beside them.

namespace nasnet::exchange {
namespace {

constexpr std::string_view kAverage = "/ExponentialMovingAverage";
/// Where Lightning's WeightAveraging keeps the raw weights; "state_dict" then has the average.
constexpr std::string_view kLightningRaw = "current_model_state.";

/// Words of a name in lower case: "EMACallback.ema_model" is ema, callback, ema, model.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result(1);
  const auto upper = [&](size_t i) { return i < text.size() && std::isupper(text[i]) != 0; };
  for (size_t i = 0; i < text.size(); ++i) {
    const auto letter = static_cast<unsigned char>(text[i]);
    // A capital begins a word, and so does the last of several before a small letter.
    const bool begins =
        upper(i) && i > 0 && (!upper(i - 1) || (i + 1 < text.size() && !upper(i + 1)));
    if (!std::isalpha(letter) || begins) result.emplace_back();
    if (std::isalpha(letter)) result.back().push_back(static_cast<char>(std::tolower(letter)));
  }
  return result;
}

/// Modules that stand for the one module in them: of torch.compile, FSDP, activation checkpoints,
/// Lightning's Fabric, DataParallel. No network has a part of these names.
bool is_wrapper(std::string_view part) {
  static constexpr std::string_view kWrappers[] = {"_orig_mod", "_fsdp_wrapped_module",
                                                   "_checkpoint_wrapped_module", "_forward_module",
                                                   "module"};
  return std::find(std::begin(kWrappers), std::end(kWrappers), part) != std::end(kWrappers);
}

std::string_view first_part(std::string_view name) {
  return name.substr(0, name.find_first_of("./"));
}

std::string without_wrappers(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const std::string_view part = first_part(name);
    const size_t taken = std::min(part.size() + 1, name.size());
    if (!is_wrapper(part)) result += name.substr(0, taken);
    name.remove_prefix(taken);
  }
  return result;
}

std::string without_dots(std::string name) {
  name.erase(std::remove(name.begin(), name.end(), '.'), name.end());
  return name;
}

/// Finds a network's names within those of a file.
class KnownNames {
 public:
  explicit KnownNames(const std::map<std::string, size_t>& names) {
    for (const auto& [name, index] : names) {
      known_.emplace(name);
      undotted_.emplace(without_dots(name), name);
      longest_ = std::max(longest_, name.size());
    }
  }

  /// Where a file's name has a network's, behind which prefix.
  struct Found {
    std::string prefix, name;
  };
  std::optional<Found> find(std::string_view whole) const {
    const bool wrapped = without_wrappers(whole).size() < whole.size();
    for (size_t begin = 0; begin != std::string_view::npos;) {
      const std::string_view rest = whole.substr(begin);
      if (knows(rest)) return Found{std::string(whole.substr(0, begin)), std::string(rest)};
      if (wrapped && !is_wrapper(first_part(rest)))
        if (std::string bare = without_wrappers(rest); knows(bare))
          return Found{std::string(whole.substr(0, begin)), std::move(bare)};
      begin = whole.find_first_of("./", begin);
      if (begin != std::string_view::npos) ++begin;
    }
    return find_undotted(whole);
  }

 private:
  bool knows(std::string_view name) const {
    return name.size() <= longest_ && known_.contains(std::string(name));
  }

  /// A whole name in the last part of a longer one, which an average's name ends with; the dots of
  /// modules around the network are lost as well.
  std::optional<Found> find_undotted(std::string_view whole) const {
    const size_t begin = whole.rfind('.') + 1;
    if (begin == 0 || whole.size() - begin > 2 * longest_ || !says_average(whole.substr(0, begin)))
      return {};
    for (size_t at = begin; at < whole.size(); ++at)
      if (const auto found = undotted_.find(std::string(whole.substr(at)));
          found != undotted_.end())
        return Found{std::string(whole.substr(0, begin)), found->second};
    return {};
  }

  std::unordered_set<std::string> known_;
  std::unordered_map<std::string, std::string> undotted_;
  size_t longest_ = 0;
};

/// The entries beside the tensors may say that they are an average, too.
bool is_averaged(const WeightFile& file, const Family& family) {
  if (!family.suffix.empty() || says_average(family.prefix)) return true;
  constexpr std::string_view kModule = "module.";  // torch.optim.swa_utils.AveragedModel
  std::string counter;
  if (family.prefix.ends_with(kModule))
    counter = family.prefix.substr(0, family.prefix.size() - kModule.size()) + "n_averaged";
  const bool lightning = family.prefix.starts_with("state_dict.");
  return std::any_of(file.tensors().begin(), file.tensors().end(), [&](const ForeignTensor& one) {
    return (!counter.empty() && one.name == counter) ||
           (lightning && one.name.starts_with(kLightningRaw));
  });
}

/// "a.b." of "a.b.c."
std::string parent(const std::string& prefix) {
  if (prefix.empty()) return prefix;
  return prefix.substr(0, prefix.find_last_of("./", prefix.size() - 2) + 1);
}

/// Averages whose parameters and statistics are kept apart, side by side.
void join_parts(std::vector<Family>& families, const std::vector<Family>& parts) {
  for (Family& family : families)
    for (const Family& part : parts)
      if (family.averaged && family.suffix == part.suffix && !part.prefix.empty() &&
          parent(part.prefix) == parent(family.prefix))
        family.tensors.insert(part.tensors.begin(), part.tensors.end());
}

}  // namespace

bool says_average(std::string_view text) {
  static constexpr std::string_view kWords[] = {"ema",     "modelema", "swa",   "avg",
                                                "average", "averaged", "shadow"};
  for (const std::string& word : words(text))
    if (std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords)) return true;
  return false;
}

std::string Family::label() const {
  if (!suffix.empty()) return fmt::format("'{}'", suffix.substr(1));
  if (prefix.empty()) return "those without a prefix";
  return fmt::format("'{}'", prefix.substr(0, prefix.size() - 1));
}

std::vector<Family> find_families(const WeightFile& file,
                                  const std::map<std::string, size_t>& names) {
  const KnownNames known(names);
  std::map<std::pair<std::string, std::string>, Family> found;
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    std::string_view whole = file.tensors()[i].name;
    std::string_view suffix;
    if (whole.ends_with(kAverage)) {
      suffix = kAverage;
      whole.remove_suffix(kAverage.size());
    }
    if (auto place = known.find(whole))
      found[{place->prefix, std::string(suffix)}].tensors.emplace(place->name, i);
  }
  std::vector<Family> families, parts;
  for (auto& [where, family] : found) {
    std::tie(family.prefix, family.suffix) = where;
    family.averaged = is_averaged(file, family);
    // Fewer than half of a network are no network, but may be the rest of one.
    (family.tensors.size() * 2 < names.size() ? parts : families).push_back(std::move(family));
  }
  join_parts(families, parts);
  add_numbered_averages(file, families);
  std::stable_sort(families.begin(), families.end(), [](const Family& a, const Family& b) {
    return a.tensors.size() > b.tensors.size();
  });
  return families;
}

bool is_counter(std::string_view name) {
  return name.ends_with("num_batches_tracked");
}

bool is_statistic(std::string_view name) {
  static constexpr std::string_view kBacks[] = {"running_mean", "running_var", "moving_mean",
                                                "moving_variance"};
  return std::any_of(std::begin(kBacks), std::end(kBacks),
                     [&](std::string_view back) { return name.ends_with(back); });
}

bool is_training_state(std::string_view name) {
  static constexpr std::string_view kFronts[] = {
      "optim",      "global_step", "ema_decay",    "seed_generator", "lr_scheduler",
      "amp_scaler", "scaler",      "save_counter", "beta1_power",    "beta2_power"};
  // Of the keys of TensorFlow 2, wherever the model stands in its tree of objects.
  static constexpr std::string_view kParts[] = {"/optimizer/", "/.OPTIMIZER_SLOT/",
                                                "keras_api/metrics/"};
  // The last parts of names: slots of TensorFlow's optimizers, counters of averages.
  static constexpr std::string_view kLast[] = {
      "RMSProp", "RMSProp_1",   "RMSProp_2",   "Momentum", "Adam",   "Adam_1",
      "Adagrad", "Adadelta",    "Adadelta_1",  "Ftrl",     "Ftrl_1", "n_averaged",
      "decay",   "num_updates", "global_step", "initted",  "step"};
  const std::string_view last = name.substr(name.find_last_of("./") + 1);
  return std::any_of(std::begin(kFronts), std::end(kFronts),
                     [&](std::string_view front) { return name.starts_with(front); }) ||
         std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return name.find(part) != name.npos; }) ||
         std::find(std::begin(kLast), std::end(kLast), last) != std::end(kLast);
}

}  // namespace nasnet::exchange
