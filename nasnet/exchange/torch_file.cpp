#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/exchange/number_types.h"
#include "nasnet/exchange/pickle.h"
#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {
namespace {

constexpr size_t kLongestPickle = size_t{16} << 20;

/// A zip's member may unpack to this many times the whole file: weights hardly compress, so that
/// more is made to fill the memory.
constexpr uint64_t kMostUnpacked = 16;

/// The port whose class or training script a pickle names: "timm.models.nasnet.NASNetALarge".
std::string origin_of(const Pickle& pickle) {
  for (const PickledValue& value : pickle.values) {
    if (value.kind != PickledValue::Kind::kGlobal && value.kind != PickledValue::Kind::kObject)
      continue;
    const std::string name = "." + value.text;  // TorchScript's begin with "__torch__."
    if (name.find(".timm.models.") != std::string::npos) return "timm";
    if (name.find(".pretrainedmodels.models.") != std::string::npos) return "Cadene";
  }
  return "";
}

/// What both forms share: tensors that are views of numbered storages.
class TorchFile : public WeightFile {
 public:
  TensorLayout layout() const override { return TensorLayout::kTorch; }

 protected:
  void take_tensors(const Pickle& pickle, const std::string& file) {
    for (const PickledValue& value : pickle.values) {
      if (value.kind != PickledValue::Kind::kStorage) continue;
      const PickledStorage& storage = value.tensor->storage;
      uint64_t& bytes = storage_bytes_[storage.key];
      bytes = std::max(bytes, storage.elements * type_size(storage.type));
    }
    for (auto& [name, tensor] : tensors_of(pickle, file)) {
      tensors_.push_back({name, tensor.storage.type, tensor.shape});
      views_.push_back(std::move(tensor));
    }
    origin_ = origin_of(pickle);
    if (tensors_.empty())
      throw InputError(
          fmt::format("{} holds no tensors; save a network's with torch.save(model.state_dict(), "
                      "FILE)",
                      file));
  }

  using Users = std::map<std::string, std::vector<size_t>>;

  /// By storage: those of the wanted tensors that look at it.
  Users users(const std::vector<size_t>& wanted) const {
    Users result;
    for (const size_t index : wanted) result[views_[index].storage.key].push_back(index);
    return result;
  }

  /// Hands on the tensors that look at this storage.
  void give(const std::string& file, const std::string& storage, const std::vector<size_t>& users,
            const Take& take) const {
    for (const size_t index : users) {
      const PickledTensor& view = views_[index];
      const uint64_t size = view.storage.elements * type_size(view.storage.type);
      if (storage.size() != size)
        throw InputError(
            fmt::format("{}: the storage of {} has {} bytes, not {}; it is cut off or damaged",
                        file, tensors_[index].name, storage.size(), size));
      take(index, to_floats(view.storage.type, gather(storage, view)));
    }
  }

  std::map<std::string, uint64_t> storage_bytes_;

 private:
  /// The bytes of a view's elements, row-major in its shape: in the time of the view, however large
  /// the storage.
  static std::string gather(std::string_view storage, const PickledTensor& view) {
    const uint64_t size = type_size(view.storage.type);
    uint64_t count = 1;
    bool dense = true;
    for (size_t d = view.shape.size(); d-- > 0;) {
      dense &= view.shape[d] == 1 || view.stride[d] == static_cast<int64_t>(count);
      count *= static_cast<uint64_t>(view.shape[d]);
    }
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

  std::vector<PickledTensor> views_;
};

/// Since PyTorch 1.6: a zip with NAME/data.pkl and NAME/data/KEY.
class TorchZip final : public TorchFile {
 public:
  explicit TorchZip(const std::string& path) : path_(path) {
    std::string pickled, order;
    read_archive(
        path,
        [&](const ArchiveEntry& entry) {
          return is_named(entry.path, "data.pkl") || is_named(entry.path, "byteorder");
        },
        [&](const ArchiveEntry& entry, std::string content) {
          (is_named(entry.path, "byteorder") ? order : pickled) = std::move(content);
        },
        kLongestPickle);
    if (pickled.empty())
      throw InputError(
          fmt::format("{} is a zip without a data.pkl: no file of PyTorch's torch.save", path));
    if (order == "big")
      throw InputError(
          fmt::format("{} was saved on a big-endian machine, which is not read", path));
    take_tensors(unpickle(pickled, path), path);
  }
  std::string format() const override { return "PyTorch zip"; }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    const Users users = this->users(wanted);
    uint64_t largest = 1;
    for (const auto& [key, indices] : users) largest = std::max(largest, storage_bytes_.at(key));
    largest = std::min(largest, kMostUnpacked * std::filesystem::file_size(path_));
    std::set<std::string> seen;
    read_archive(
        path_, [&](const ArchiveEntry& entry) { return users.count(key_of(entry.path)) > 0; },
        [&](const ArchiveEntry& entry, const std::string& content) {
          const std::string key = key_of(entry.path);
          if (!seen.insert(key).second)
            throw InputError(fmt::format("{}: {} is there twice", path_, entry.path));
          give(path_, content, users.at(key), take);
        },
        largest);
    for (const auto& [key, indices] : users)
      if (!seen.count(key) && storage_bytes_.at(key) > 0)
        throw InputError(fmt::format("{}: the values of {} are missing; it is cut off or damaged",
                                     path_, tensors_[indices[0]].name));
  }

 private:
  static std::string key_of(const std::string& path) {
    const size_t at = path.rfind("/data/");
    return at == std::string::npos ? std::string() : path.substr(at + 6);
  }

  static bool is_named(const std::string& path, const std::string& name) {
    return path == name ||
           (path.ends_with("/" + name) && std::count(path.begin(), path.end(), '/') == 1);
  }
  std::string path_;
};

/// Before PyTorch 1.6: five pickles (magic number, version, system, the object, the storages'
/// keys), then each storage as its number of elements (8 bytes) and its values.
class TorchStream final : public TorchFile {
 public:
  explicit TorchStream(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {
    const std::string& file = bytes_->name();
    const std::string front = bytes_->read(0, std::min<uint64_t>(bytes_->size(), kLongestPickle));
    std::string_view rest = front;
    uint64_t position = 0;
    const auto next = [&] {
      Pickle pickle = unpickle(rest, file);
      rest.remove_prefix(pickle.bytes);
      position += pickle.bytes;
      return pickle;
    };
    const Pickle magic = next();
    if (magic.root->kind != PickledValue::Kind::kNumber)
      throw InputError(fmt::format("{} is a pickle{}, but not one of PyTorch's torch.save", file,
                                   magic.root->kind == PickledValue::Kind::kObject
                                       ? " of '" + magic.root->text + "', which was not called"
                                       : ""));
    if (next().root->number != 1001)
      throw InputError(fmt::format("{} is a pickle, but not one of PyTorch's torch.save", file));
    const Pickle system = next();
    for (size_t i = 0; i + 1 < system.root->items.size(); i += 2)
      if (system.root->items[i]->text == "little_endian" && system.root->items[i + 1]->number == 0)
        throw InputError(
            fmt::format("{} was saved on a big-endian machine, which is not read", file));
    take_tensors(next(), file);
    const Pickle keys = next();
    for (const PickledValue* key : keys.root->items) {
      if (!storage_bytes_.count(key->text))
        throw InputError(fmt::format("{} is damaged: a storage belongs to no tensor", file));
      const uint64_t bytes = storage_bytes_.at(key->text);
      bytes_->read(position, 8);  // the number of elements again
      places_.emplace_back(key->text, position + 8);
      position += 8 + bytes;
    }
    if (places_.size() < storage_bytes_.size() || position > bytes_->size())
      throw InputError(fmt::format("{} is cut off: its tensors take {} bytes and it has {}", file,
                                   position, bytes_->size()));
  }
  std::string format() const override { return "PyTorch (before 1.6)"; }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    const Users users = this->users(wanted);
    for (const auto& [key, position] : places_)
      if (const auto found = users.find(key); found != users.end())
        give(bytes_->name(), bytes_->read(position, storage_bytes_.at(key)), found->second, take);
  }

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::vector<std::pair<std::string, uint64_t>> places_;
};

}  // namespace

std::unique_ptr<WeightFile> open_torch_zip(const std::string& path) {
  return std::make_unique<TorchZip>(path);
}

std::unique_ptr<WeightFile> open_torch_stream(std::unique_ptr<ByteSource> bytes) {
  return std::make_unique<TorchStream>(std::move(bytes));
}

}  // namespace nasnet::exchange
