#include <fmt/format.h>

#include <set>

#include "nasnet/base/error.h"
#include "nasnet/exchange/pickle.h"

namespace nasnet::exchange {
namespace {

using Kind = PickledValue::Kind;

/// Of all paths together: dicts that share their parts could give each tensor many long ones.
constexpr size_t kMostPathBytes = size_t{64} << 20;

/// Walks from the root to every tensor.
class Walk {
 public:
  explicit Walk(const std::string& file) : file_(file) {}
  std::vector<std::pair<std::string, PickledTensor>> tensors;

  void visit(const PickledValue& value, const std::string& path, int depth) {
    if ((bytes_ += path.size()) > kMostPathBytes)
      throw InputError(fmt::format("{} has names longer than any network's", file_));
    if (value.kind == Kind::kTensor) {
      tensors.emplace_back(path, *value.tensor);
      return;
    }
    const bool keyed = value.kind == Kind::kDict || value.kind == Kind::kObject;
    // A pickle's containers may hold themselves, or each other over and over.
    if ((!keyed && value.kind != Kind::kList) || depth > kDeepest || !seen_.insert(&value).second)
      return;
    for (size_t i = 0; i < value.items.size(); ++i) {
      if (keyed && i + 1 == value.items.size()) break;
      const std::string key = keyed ? key_text(*value.items[i]) : std::to_string(i);
      visit(*value.items[keyed ? ++i : i], join(path, key), depth + 1);
    }
  }

 private:
  static constexpr int kDeepest = 64;

  /// Lists of optimizers and the like have numbers for keys.
  static std::string key_text(const PickledValue& key) {
    return key.kind == Kind::kNumber ? std::to_string(key.number) : std::string(key.text);
  }

  /// Without the dicts in which a module keeps its parts: as in its state dict.
  static std::string join(const std::string& path, const std::string& key) {
    if (key == "_modules" || key == "_parameters" || key == "_buffers") return path;
    return path.empty() ? key : path + "." + key;
  }

  const std::string& file_;
  std::set<const PickledValue*> seen_;
  size_t bytes_ = 0;  // of all paths together
};

}  // namespace

std::vector<std::pair<std::string, PickledTensor>> tensors_of(const Pickle& pickle,
                                                              const std::string& file) {
  Walk walk(file);
  walk.visit(*pickle.root, "", 0);
  return std::move(walk.tensors);
}

}  // namespace nasnet::exchange
