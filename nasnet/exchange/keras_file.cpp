#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/exchange/hdf5.h"
#include "nasnet/exchange/number_types.h"
#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {
namespace {

/// "stem_conv1/stem_conv1_1/kernel:0" is the weight "kernel" of the layer "stem_conv1": what stands
/// between depends on the Keras that wrote it. A whole model has its weights under "model_weights".
std::string keras_name(std::string path) {
  constexpr std::string_view kWholeModel = "model_weights/";
  if (path.starts_with(kWholeModel)) path.erase(0, kWholeModel.size());
  const size_t first = path.find('/'), last = path.rfind('/');
  if (first == std::string::npos) return path;
  return path.substr(0, first) + path.substr(last, path.rfind(':') - last);
}

class KerasFile final : public WeightFile {
 public:
  explicit KerasFile(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {
    for (Hdf5DataSet& set : list_hdf5(*bytes_)) {
      if (set.path.starts_with("optimizer_weights/")) continue;
      tensors_.push_back({keras_name(set.path), set.type, set.shape});
      sets_.push_back(std::move(set));
    }
  }
  std::string format() const override { return "Keras HDF5"; }
  TensorLayout layout() const override { return TensorLayout::kTensorflow; }

  void read_all(const std::function<void(size_t, const std::vector<float>&)>& take) const override {
    for (size_t i = 0; i < sets_.size(); ++i)
      if (is_floating(sets_[i].type))
        take(i, to_floats(sets_[i].type, bytes_->read(sets_[i].offset, sets_[i].size)));
  }

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::vector<Hdf5DataSet> sets_;
};

}  // namespace

std::unique_ptr<WeightFile> open_hdf5(std::unique_ptr<ByteSource> bytes) {
  return std::make_unique<KerasFile>(std::move(bytes));
}

}  // namespace nasnet::exchange
