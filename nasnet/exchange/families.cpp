#include "nasnet/exchange/families.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>
#include <unordered_set>

namespace nasnet::exchange {
namespace {

constexpr std::string_view kAverage = "/ExponentialMovingAverage";

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

}  // namespace

bool Family::averaged() const {
  if (!suffix.empty()) return true;
  static constexpr std::string_view kWords[] = {"ema",     "modelema", "swa",   "avg",
                                                "average", "averaged", "shadow"};
  for (const std::string& word : words(prefix))
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
  std::unordered_set<std::string_view> known;
  size_t longest = 0;
  for (const auto& [name, index] : names) {
    known.insert(name);
    longest = std::max(longest, name.size());
  }
  std::map<std::pair<std::string, std::string>, Family> found;
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    std::string_view whole = file.tensors()[i].name;
    std::string_view suffix;
    if (whole.ends_with(kAverage)) {
      suffix = kAverage;
      whole.remove_suffix(kAverage.size());
    }
    for (size_t begin = 0; begin != std::string_view::npos;) {
      const std::string_view name = whole.substr(begin);
      if (name.size() <= longest && known.count(name)) {
        Family& family = found[{std::string(whole.substr(0, begin)), std::string(suffix)}];
        family.tensors.emplace(name, i);
        break;
      }
      begin = whole.find_first_of("./", begin);
      if (begin != std::string_view::npos) ++begin;
    }
  }
  std::vector<Family> families;
  for (auto& [where, family] : found) {
    if (family.tensors.size() * 2 < names.size()) continue;
    std::tie(family.prefix, family.suffix) = where;
    families.push_back(std::move(family));
  }
  std::stable_sort(families.begin(), families.end(), [](const Family& a, const Family& b) {
    return a.tensors.size() > b.tensors.size();
  });
  return families;
}

bool is_counter(std::string_view name) {
  return name.ends_with("num_batches_tracked");
}

bool is_training_state(std::string_view name) {
  static constexpr std::string_view kFronts[] = {"optim",      "global_step",    "n_averaged",
                                                 "ema_decay",  "seed_generator", "lr_scheduler",
                                                 "amp_scaler", "scaler"};
  static constexpr std::string_view kBacks[] = {"/RMSProp", "/RMSProp_1", "/Momentum",  "/Adam",
                                                "/Adam_1",  "n_averaged", "global_step"};
  return std::any_of(std::begin(kFronts), std::end(kFronts),
                     [&](std::string_view front) { return name.starts_with(front); }) ||
         std::any_of(std::begin(kBacks), std::end(kBacks),
                     [&](std::string_view back) { return name.ends_with(back); });
}

}  // namespace nasnet::exchange
