#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/exchange/pickled_file.h"

// Files that begin with a pickle, not with a zip: PyTorch's old form, in which the values follow
// several pickles, and NumPy's arrays, which lie in a pickle. The first pickles tell them apart.

namespace nasnet::exchange {
namespace {

/// The pickles at the front of a file. PyTorch's are short, and the numbers behind them are not
/// read; NumPy's arrays lie in their pickle, which is then read whole.
class Pickles {
 public:
  explicit Pickles(const ByteSource& bytes, uint64_t begin) : bytes_(bytes), position_(begin) {
    load(std::min(bytes.size() - begin, kUsual));
  }

  Pickle next() {
    try {
      return read();
    } catch (const InputError&) {
      // Cut off by the piece that was loaded, perhaps: once more with all of the file.
      if (begin_ + text_->size() == bytes_.size()) throw;
    }
    load(bytes_.size() - position_);
    return read();
  }
  /// Of the next pickle in the file.
  uint64_t position() const { return position_; }

 private:
  /// Bytes: where a pickle is longer, all of the file is loaded.
  static constexpr uint64_t kUsual = uint64_t{16} << 20;

  void load(uint64_t count) {
    begin_ = position_;
    text_ = std::make_shared<const std::string>(bytes_.read(begin_, count));
  }

  Pickle read() {
    Pickle pickle = unpickle(text_, bytes_.name(), position_ - begin_);
    position_ += pickle.bytes;
    return pickle;
  }

  const ByteSource& bytes_;
  uint64_t position_ = 0, begin_ = 0;
  std::shared_ptr<const std::string> text_;  // from begin_ on
};

/// Before PyTorch 1.6: five pickles (magic number, version, system, the object, the storages'
/// keys), then each storage as its number of elements (8 bytes) and its values.
class TorchStream final : public PickledFile {
 public:
  explicit TorchStream(std::unique_ptr<ByteSource> bytes)
      : PickledFile(bytes->name()), bytes_(std::move(bytes)) {
    Pickles pickles(*bytes_, 0);
    pickles.next();
    pickles.next();
    const Pickle system = pickles.next();
    for (size_t i = 0; i + 1 < system.root->items.size(); i += 2)
      if (system.root->items[i]->text == "little_endian" && system.root->items[i + 1]->number == 0)
        throw InputError(
            fmt::format("{} was saved on a big-endian machine, which is not read", file()));
    take_tensors(pickles.next());
    const Pickle keys = pickles.next();
    uint64_t position = pickles.position();
    for (const PickledValue* key : keys.root->items) {
      const auto storage = storage_bytes_.find(std::string(key->text));
      if (storage == storage_bytes_.end())
        throw InputError(fmt::format("{} is damaged: a storage belongs to no tensor", file()));
      bytes_->read(position, 8);  // the number of elements again
      places_.emplace_back(key->text, position + 8);
      position += 8 + storage->second;
    }
    // All storages must be there before any is read.
    if (places_.size() < storage_bytes_.size() || position > bytes_->size())
      throw InputError(fmt::format("{} is cut off: its tensors take {} bytes and it has {}", file(),
                                   position, bytes_->size()));
  }
  std::string format() const override { return "PyTorch (before 1.6)"; }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    const Users users = this->users(wanted, take);
    for (const auto& [key, position] : places_)
      if (const auto found = users.find(key); found != users.end())
        give(bytes_->read(position, storage_bytes_.at(key)), found->second, take);
  }

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::vector<std::pair<std::string, uint64_t>> places_;
};

/// NumPy's arrays in one pickle: pickle.dump(arrays, FILE), numpy.save(FILE, arrays).
class ArrayPickle final : public PickledFile {
 public:
  ArrayPickle(const std::string& file, const Pickle& pickle) : PickledFile(file) {
    take_tensors(pickle);
  }
  std::string format() const override { return "NumPy's arrays in a pickle"; }
  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    users(wanted, take);
  }
};

/// True if an array's values lie in the pickle itself.
bool has_arrays(const Pickle& pickle) {
  return std::any_of(pickle.values.begin(), pickle.values.end(), [](const PickledValue& value) {
    return value.kind == PickledValue::Kind::kTensor && !value.tensor->storage.bytes.empty();
  });
}

}  // namespace

std::unique_ptr<WeightFile> open_pickle(std::unique_ptr<ByteSource> bytes, uint64_t begin) {
  const std::string file = bytes->name();
  Pickles pickles(*bytes, begin);
  const Pickle first = pickles.next();
  if (has_arrays(first)) return std::make_unique<ArrayPickle>(file, first);
  if (first.root->kind == PickledValue::Kind::kNumber && begin == 0 &&
      pickles.next().root->number == 1001)
    return std::make_unique<TorchStream>(std::move(bytes));
  throw InputError(fmt::format("{} is a pickle{}, but not one of PyTorch's torch.save", file,
                               first.root->kind == PickledValue::Kind::kObject
                                   ? fmt::format(" of '{}', which was not called", first.root->text)
                                   : ""));
}

}  // namespace nasnet::exchange
