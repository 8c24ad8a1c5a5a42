#include "nasnet/exchange/pickled_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/number_types.h"

// Tensors of a pickle are views on storages, and several may share one: storages are read once, in
// the file's order, and each view takes its elements. Sizes are those that the pickle states; a
// storage of another size is damage.

namespace nasnet::exchange {
namespace {

/// The port whose class or training script a pickle names: "timm.models.nasnet.NASNetALarge".
std::string origin_of(const Pickle& pickle) {
  for (const PickledValue& value : pickle.values) {
    if (value.kind != PickledValue::Kind::kGlobal && value.kind != PickledValue::Kind::kObject)
      continue;
    const std::string name =
        "." + std::string(value.text);  // TorchScript's begin with "__torch__."
    if (name.find(".timm.models.") != std::string::npos) return "timm";
    if (name.find(".pretrainedmodels.models.") != std::string::npos) return "Cadene";
  }
  return "";
}

/// The bytes of a view's elements, row-major in its shape: in the time of the view, however large
/// the storage.
std::string gather(std::string_view storage, const PickledTensor& view) {
  const uint64_t size = type_size(view.storage.type);
  uint64_t count = 1;
  bool dense = true;
  for (size_t d = view.shape.size(); d-- > 0;) {
    dense &= view.shape[d] == 1 || view.stride[d] == static_cast<int64_t>(count);
    count *= static_cast<uint64_t>(view.shape[d]);
  }
  if (count == 0) return "";
  if (dense) return std::string(storage.substr(view.offset * size, count * size));
  std::string bytes;
  bytes.reserve(count * size);
  std::vector<int64_t> at(view.shape.size(), 0);
  for (uint64_t i = 0, place = view.offset; i < count; ++i) {
    bytes.append(storage.substr(place * size, size));
    for (size_t d = at.size(); d-- > 0;) {  // the next position, as an odometer turns
      place += static_cast<uint64_t>(view.stride[d]);
      if (++at[d] < view.shape[d]) break;
      place -= static_cast<uint64_t>(view.stride[d] * view.shape[d]);
      at[d] = 0;
    }
  }
  return bytes;
}

/// Bytes that were written as a text of code points below 256.
std::string from_latin1(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const bool two = first >= 0xc0 && i + 1 < text.size();
    bytes.push_back(static_cast<char>(two ? first << 6 | (text[++i] & 0x3f) : first));
  }
  return bytes;
}

}  // namespace

void PickledFile::take_tensors(const Pickle& pickle) {
  for (const PickledValue& value : pickle.values) {
    if (value.kind != PickledValue::Kind::kStorage) continue;
    const PickledStorage& storage = value.tensor->storage;
    uint64_t& bytes = storage_bytes_[storage.key];
    // A storage is named by each of its tensors: the largest size counts.
    bytes = std::max(bytes, storage.elements * type_size(storage.type));
  }
  for (auto& [name, tensor] : tensors_of(pickle, file_)) {
    tensors_.push_back(
        {name, tensor.type.empty() ? tensor.storage.type : tensor.type, tensor.shape});
    // NumPy's values lie in the pickle itself, which must outlive the tensors.
    if (!tensor.storage.bytes.empty()) text_ = pickle.text;
    views_.push_back(std::move(tensor));
  }
  origin_ = origin_of(pickle);
  if (tensors_.empty())
    throw InputError(fmt::format(
        "{} holds no tensors; save a network's with torch.save(model.state_dict(), FILE)", file_));
}

PickledFile::Users PickledFile::users(const std::vector<size_t>& wanted, const Take& take) const {
  Users result;
  for (const size_t index : wanted) {
    const PickledStorage& storage = views_[index].storage;
    if (!is_floating(tensors_[index].type))
      throw InputError(fmt::format("{}: {} is of type '{}', which is not read", file_,
                                   tensors_[index].name, tensors_[index].type));
    if (tensors_[index].elements() == 0) {
      take(index, {});
    } else if (storage.bytes.empty()) {
      result[storage.key].push_back(index);
    } else if (storage.latin1) {
      hand_on(index, from_latin1(storage.bytes), take);
    } else {
      hand_on(index, storage.bytes, take);
    }
  }
  return result;
}

void PickledFile::give(const std::string& storage, const std::vector<size_t>& users,
                       const Take& take) const {
  for (const size_t index : users) hand_on(index, storage, take);
}

void PickledFile::hand_on(size_t index, std::string_view storage, const Take& take) const {
  const PickledTensor& view = views_[index];
  const uint64_t size = view.storage.elements * type_size(view.storage.type);
  if (storage.size() != size)
    throw InputError(
        fmt::format("{}: the storage of {} has {} bytes, not {}; it is cut off or damaged", file_,
                    tensors_[index].name, storage.size(), size));
  take(index, to_floats(tensors_[index].type, gather(storage, view)));
}

}  // namespace nasnet::exchange
