#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/text.h"
#include "nasnet/exchange/hdf5.h"
#include "nasnet/exchange/weight_file.h"

// Keras' files are HDF5, alone, in shards or in a zip. Their data sets are called by paths that
// depend on the version of Keras: here they become "layer/weight", as names.cpp expects them.

namespace nasnet::exchange {
namespace {

std::string before(const std::string& path, size_t at) {
  return at == std::string::npos ? "" : path.substr(0, at);
}

/// Keras 2: "stem_conv1/stem_conv1_1/kernel:0" is the weight "kernel" of the layer "stem_conv1":
/// what stands between depends on the Keras that wrote it. A model within another is a layer that
/// has several: "NASNet/stem_conv1/kernel:0" is "NASNet/stem_conv1/kernel".
std::string keras_2_name(std::string path) {
  constexpr std::string_view kWholeModel = "model_weights/";
  if (path.starts_with(kWholeModel)) path.erase(0, kWholeModel.size());
  path = path.substr(0, path.rfind(':'));
  const size_t first = path.find('/'), last = path.rfind('/');
  if (first == last) return path;
  const std::string outer = path.substr(0, first);
  const size_t before_last = path.rfind('/', last - 1) + 1;
  const std::string inner = path.substr(before_last, last - before_last);
  const bool nested = inner != outer && !inner.starts_with(outer + "_");
  return outer + (nested ? "/" + inner : "") + path.substr(last);
}

/// The name of variable `index` of a layer of a Keras class ("separable_conv2d_5"), "" where the
/// class is not known.
std::string variable_name(std::string layer, size_t index) {
  static const std::map<std::string, std::vector<std::string>> names = {
      {"conv2d", {"kernel", "bias"}},
      {"dense", {"kernel", "bias"}},
      {"separable_conv2d", {"depthwise_kernel", "pointwise_kernel", "bias"}},
      {"batch_normalization", {"gamma", "beta", "moving_mean", "moving_variance"}}};
  const size_t number = layer.find_last_not_of("0123456789");
  if (number + 1 < layer.size() && layer[number] == '_') layer.resize(number);
  const auto found = names.find(layer);
  return found != names.end() && index < found->second.size() ? found->second[index] : "";
}

/// Keras 3: "layers/conv2d_7/vars/0". Since 3.6 the group "vars" has the layer's own name as an
/// attribute, and then the variable is called "layers/stem_conv1/kernel", as in older files.
std::string keras_3_name(const std::string& path, const std::map<std::string, std::string>& names) {
  const size_t last = path.rfind('/');
  const std::string vars = before(path, last);
  const std::string layer = before(vars, vars.rfind('/'));
  const auto index = parse_digits(path.substr(last + 1));
  const auto own = names.find(vars);
  if (own == names.end() || !index) return path;
  const size_t slash = layer.rfind('/');
  const std::string variable = variable_name(layer.substr(slash + 1), *index);
  const std::string outer = slash == std::string::npos ? "" : layer.substr(0, slash + 1);
  return variable.empty() ? path : outer + own->second + "/" + variable;
}

using Sources = std::vector<std::unique_ptr<ByteSource>>;

/// One file or several shards, over which the weights of a layer may be spread: only one of them
/// then says the layer's name.
class KerasFile final : public WeightFile {
 public:
  KerasFile(Sources sources, std::string format) : format_(std::move(format)) {
    std::map<std::string, std::string> names;
    for (std::unique_ptr<ByteSource>& source : sources) {
      files_.emplace_back(std::move(source));
      names.insert(files_.back().names().begin(), files_.back().names().end());
    }
    for (const Hdf5File& file : files_) {
      for (const Hdf5DataSet& set : file.data_sets()) {
        const bool numbered = before(set.path, set.path.rfind('/')).ends_with("/vars");
        tensors_.push_back({numbered ? keras_3_name(set.path, names) : keras_2_name(set.path),
                            set.type, set.shape});
        places_.push_back({&file, &set});
      }
    }
  }
  std::string format() const override { return format_; }
  TensorLayout layout() const override { return TensorLayout::kTensorflow; }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    for (const size_t index : wanted) {
      const auto [file, set] = places_[index];
      take(index, to_floats(set->type, file->read(*set)));
    }
  }

 private:
  std::deque<Hdf5File> files_;
  std::vector<std::pair<const Hdf5File*, const Hdf5DataSet*>> places_;
  std::string format_;
};

Sources one(std::unique_ptr<ByteSource> source) {
  Sources sources;
  sources.push_back(std::move(source));
  return sources;
}

}  // namespace

std::unique_ptr<WeightFile> open_hdf5(std::unique_ptr<ByteSource> bytes) {
  return std::make_unique<KerasFile>(one(std::move(bytes)), "Keras HDF5");
}

std::unique_ptr<WeightFile> open_keras_shards(const std::vector<std::string>& paths) {
  Sources sources;
  for (const std::string& path : paths) sources.push_back(std::make_unique<FileBytes>(path));
  return std::make_unique<KerasFile>(std::move(sources),
                                     fmt::format("Keras HDF5 in {} shards", paths.size()));
}

std::unique_ptr<WeightFile> open_keras_zip(const std::string& path) {
  constexpr std::string_view kWeights = "model.weights.h5";
  std::string content;
  read_archive(
      path, [&](const ArchiveEntry& entry) { return entry.path == kWeights; },
      [&](const ArchiveEntry&, std::string member) { content = std::move(member); },
      kMostUnpacked * std::filesystem::file_size(path));
  if (content.empty())
    throw InputError(fmt::format(
        "{} is a Keras model without model.weights.h5; save it without sharding its weights",
        path));
  return std::make_unique<KerasFile>(one(std::make_unique<OwnedBytes>(std::move(content), path)),
                                     "Keras 3 model");
}

}  // namespace nasnet::exchange
