#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/exchange/pickled_file.h"

// The pickle is read first and says what there is; values come only when they are asked for, each
// member once, in the zip's order.

namespace nasnet::exchange {
namespace {

/// Since PyTorch 1.6: a zip with NAME/data.pkl and NAME/data/KEY.
class TorchZip final : public PickledFile {
 public:
  explicit TorchZip(const std::string& path) : PickledFile(path) {
    std::string pickled, order;
    bool program = false;  // of TorchScript
    read_archive(
        path,
        [&](const ArchiveEntry& entry) {
          program |= is_named(entry.path, "constants.pkl");
          return is_named(entry.path, "data.pkl") || is_named(entry.path, "byteorder");
        },
        [&](const ArchiveEntry& entry, std::string content) {
          (is_named(entry.path, "byteorder") ? order : pickled) = std::move(content);
        },
        kMostUnpacked * std::filesystem::file_size(path));
    if (pickled.empty())
      throw InputError(
          fmt::format("{} is a zip without a data.pkl: no file of PyTorch's torch.save", path));
    if (order == "big")
      throw InputError(
          fmt::format("{} was saved on a big-endian machine, which is not read", path));
    const Pickle pickle = unpickle(std::move(pickled), path);
    if (program && tensors_of(pickle, path).empty())
      throw InputError(
          fmt::format("{} is a program of TorchScript without parameters (frozen): its weights are "
                      "constants without names; save the model before torch.jit.freeze",
                      path));
    take_tensors(pickle);
  }
  std::string format() const override { return "PyTorch zip"; }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    const Users users = this->users(wanted, take);
    // A member may unpack to what its tensors take, as their shapes say: a hostile zip cannot fill
    // the memory.
    uint64_t largest = 1;
    for (const auto& [key, indices] : users) largest = std::max(largest, storage_bytes_.at(key));
    largest = std::min(largest, kMostUnpacked * std::filesystem::file_size(file()));
    std::set<std::string> seen;
    read_archive(
        file(), [&](const ArchiveEntry& entry) { return users.contains(key_of(entry.path)); },
        [&](const ArchiveEntry& entry, const std::string& content) {
          const std::string key = key_of(entry.path);
          if (!seen.insert(key).second)
            throw InputError(fmt::format("{}: {} is there twice", file(), entry.path));
          give(content, users.at(key), take);
        },
        largest);
    for (const auto& [key, indices] : users)
      if (!seen.contains(key) && storage_bytes_.at(key) > 0)
        throw InputError(fmt::format("{}: the values of {} are missing; it is cut off or damaged",
                                     file(), tensors_[indices[0]].name));
  }

 private:
  /// The storage that a member holds, "" where it is none.
  static std::string key_of(const std::string& path) {
    const size_t at = path.rfind("/data/");
    return at == std::string::npos ? std::string() : path.substr(at + 6);
  }

  /// At the top, or in the one folder that torch.save makes.
  static bool is_named(const std::string& path, const std::string& name) {
    return path == name ||
           (path.ends_with("/" + name) && std::count(path.begin(), path.end(), '/') == 1);
  }
};

}  // namespace

std::unique_ptr<WeightFile> open_torch_zip(const std::string& path) {
  return std::make_unique<TorchZip>(path);
}

}  // namespace nasnet::exchange
