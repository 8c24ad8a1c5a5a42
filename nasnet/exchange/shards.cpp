#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/exchange/weight_file.h"

// A network in several files, as the Hugging Face hub and Keras cut large ones: an index in JSON
// maps tensors to files. The index is asked for the files' names alone; which tensors they hold,
// they say themselves.

namespace nasnet::exchange {
namespace {

/// Bytes and files that bound what an index may ask for.
constexpr size_t kLongestIndex = size_t{64} << 20;
constexpr size_t kMostShards = 1000;

/// The files that an index names. They lie beside it: a name that leads elsewhere is refused.
std::set<std::string> shard_names(const std::string& path) {
  const nlohmann::json index =
      nlohmann::json::parse(read_file(path, kLongestIndex), nullptr, /*allow_exceptions=*/false);
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (index.is_discarded() || !index.is_object() || map == index.end() || !map->is_object())
    throw InputError(
        fmt::format("{} is JSON without a weight_map: no index of shards of weights", path));
  std::set<std::string> names;
  const auto add = [&](const nlohmann::json& name) {
    const std::string text = name.is_string() ? name.get<std::string>() : "";
    if (text.empty() || text == ".." || text.find_first_of("/\\") != std::string::npos)
      throw InputError(fmt::format("{} names a shard that does not lie beside it", path));
    names.insert(text);
  };
  for (const auto& [tensor, shard] : map->items()) {
    // A layer of Keras may be spread over several.
    if (shard.is_array()) {
      for (const nlohmann::json& one : shard) add(one);
    } else {
      add(shard);
    }
  }
  if (names.empty() || names.size() > kMostShards)
    throw InputError(fmt::format("{} names {} shards", path, names.size()));
  return names;
}

/// Paths of the shards, all of which are there. A shard that is an index would lead on for ever.
std::vector<std::string> shard_paths(const std::string& path) {
  std::vector<std::string> paths;
  for (const std::string& name : shard_names(path)) {
    paths.push_back((std::filesystem::path(path).parent_path() / name).string());
    if (!std::filesystem::is_regular_file(paths.back()))
      throw InputError(fmt::format("{} names the shard {}, which is missing", path, name));
    if (name.ends_with(".json")) throw InputError(fmt::format("{} names another index", path));
  }
  return paths;
}

/// Several files as one.
class Shards final : public WeightFile {
 public:
  Shards(const std::string& path, const std::vector<std::string>& shards) {
    for (const std::string& shard : shards) {
      files_.push_back(open_one_file(shard));
      begins_.push_back(tensors_.size());
      tensors_.insert(tensors_.end(), files_.back()->tensors().begin(),
                      files_.back()->tensors().end());
      if (files_.back()->layout() != files_.front()->layout())
        throw InputError(fmt::format("{} names shards of several kinds", path));
      if (origin_.empty()) origin_ = files_.back()->origin();
    }
  }
  std::string format() const override {
    return fmt::format("{} in {} shards", files_.front()->format(), files_.size());
  }
  TensorLayout layout() const override { return files_.front()->layout(); }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    for (size_t f = 0; f < files_.size(); ++f) {
      const size_t begin = begins_[f], end = begin + files_[f]->tensors().size();
      // Indices among the shard's own tensors.
      std::vector<size_t> own;
      for (const size_t index : wanted)
        if (index >= begin && index < end) own.push_back(index - begin);
      files_[f]->read(own, [&](size_t index, const std::vector<float>& values) {
        take(begin + index, values);
      });
    }
  }

 private:
  std::vector<std::unique_ptr<WeightFile>> files_;
  std::vector<size_t> begins_;  // the first tensor of each file
};

}  // namespace

std::unique_ptr<WeightFile> open_shards(const std::string& path) {
  const std::vector<std::string> shards = shard_paths(path);
  const bool keras = std::all_of(shards.begin(), shards.end(),
                                 [](const std::string& shard) { return shard.ends_with(".h5"); });
  if (keras) return open_keras_shards(shards);
  return std::make_unique<Shards>(path, shards);
}

std::string index_of_shard(const std::string& path) {
  static const std::regex shard(R"((.*)-\d{5}-of-(\d{5})(\.safetensors|\.bin))");
  std::smatch parts;
  const std::string name = std::filesystem::path(path).filename().string();
  // One of one is the whole network.
  if (!std::regex_match(name, parts, shard) || parts[2] == "00001") return "";
  return (std::filesystem::path(path).parent_path() /
          (parts[1].str() + parts[3].str() + ".index.json"))
      .string();
}

}  // namespace nasnet::exchange
