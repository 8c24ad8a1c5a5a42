#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/exchange/number_types.h"
#include "nasnet/exchange/pickle.h"
#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {
namespace {

constexpr size_t kLongestPickle = size_t{16} << 20;

/// What both forms share: tensors that are views of numbered storages.
class TorchFile : public WeightFile {
 public:
  TensorLayout layout() const override { return TensorLayout::kTorch; }

 protected:
  void take_tensors(const Pickle& pickle, const std::string& file) {
    for (const PickledValue& value : pickle.values) {
      if (value.kind != PickledValue::Kind::kStorage) continue;
      uint64_t& bytes = storage_bytes_[value.storage.key];
      bytes = std::max(bytes, value.storage.elements * type_size(value.storage.type));
    }
    for (auto& [name, tensor] : state_dict(pickle, file)) {
      tensors_.push_back({name, tensor.storage.type, tensor.shape});
      users_[tensor.storage.key].push_back(views_.size());
      views_.push_back(std::move(tensor));
    }
  }

  /// Hands on every tensor that looks at this storage.
  void give(const std::string& file, const std::string& key, const std::string& storage,
            const std::function<void(size_t, const std::vector<float>&)>& take) const {
    const auto users = users_.find(key);
    if (users == users_.end()) return;  // of a tensor outside of the state dict
    for (const size_t index : users->second) {
      const PickledTensor& view = views_[index];
      if (!is_floating(view.storage.type)) continue;
      if (storage.size() != view.storage.elements * type_size(view.storage.type))
        throw InputError(
            fmt::format("{}: the storage of {} has {} bytes, not {}; it is cut off or "
                        "damaged",
                        file, tensors_[index].name, storage.size(),
                        view.storage.elements * type_size(view.storage.type)));
      take(index, gather(to_floats(view.storage.type, storage), view));
    }
  }

  std::map<std::string, std::vector<size_t>> users_;  // by storage: the tensors that look at it
  std::map<std::string, uint64_t> storage_bytes_;

 private:
  static std::vector<float> gather(std::vector<float> storage, const PickledTensor& view) {
    std::vector<int64_t> dense(view.shape.size(), 1);
    for (size_t i = view.shape.size(); i-- > 1;) dense[i - 1] = dense[i] * view.shape[i];
    uint64_t count = 1;
    for (const int64_t edge : view.shape) count *= static_cast<uint64_t>(edge);
    if (view.stride == dense && view.offset == 0 && count == storage.size()) return storage;
    std::vector<float> values(count);
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t place = view.offset, rest = i;
      for (size_t d = 0; d < view.shape.size(); ++d) {
        place += rest / static_cast<uint64_t>(dense[d]) * static_cast<uint64_t>(view.stride[d]);
        rest %= static_cast<uint64_t>(dense[d]);
      }
      values[i] = storage[place];
    }
    return values;
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

  void read_all(const std::function<void(size_t, const std::vector<float>&)>& take) const override {
    uint64_t largest = 1;
    for (const auto& [key, users] : users_) largest = std::max(largest, storage_bytes_.at(key));
    std::map<std::string, bool> seen;
    const auto key_of = [](const std::string& path) {
      const size_t at = path.rfind("/data/");
      return at == std::string::npos ? std::string() : path.substr(at + 6);
    };
    read_archive(
        path_, [&](const ArchiveEntry& entry) { return users_.count(key_of(entry.path)) > 0; },
        [&](const ArchiveEntry& entry, const std::string& content) {
          const std::string key = key_of(entry.path);
          if (seen[key]) throw InputError(fmt::format("{}: {} is there twice", path_, entry.path));
          seen[key] = true;
          give(path_, key, content, take);
        },
        largest);
    for (const auto& [key, users] : users_)
      if (!seen[key] && storage_bytes_.at(key) > 0)
        throw InputError(fmt::format("{}: the values of {} are missing; it is cut off or damaged",
                                     path_, tensors_[users[0]].name));
  }

 private:
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
    next();  // the magic number
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
    if (places_.size() < users_.size() || position > bytes_->size())
      throw InputError(fmt::format("{} is cut off: its tensors take {} bytes and it has {}", file,
                                   position, bytes_->size()));
  }
  std::string format() const override { return "PyTorch (before 1.6)"; }

  void read_all(const std::function<void(size_t, const std::vector<float>&)>& take) const override {
    for (const auto& [key, position] : places_)
      give(bytes_->name(), key, bytes_->read(position, storage_bytes_.at(key)), take);
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
