#include "nasnet/search/child_checkpoints.h"

#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/train/checkpoint.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".safetensors";

/// A file under another one's name must not pass for it.
std::string with_epochs(const std::string& identity, int64_t epochs) {
  return fmt::format("{} after {} epochs", identity, epochs);
}

std::string prefix(const Task& task) {
  return fmt::format("{}-{:06}-", task.arm, task.number);
}

/// The trial's files by their epochs, the most first.
std::map<int64_t, fs::path, std::greater<>> files_of(const fs::path& folder, const Task& task) {
  std::map<int64_t, fs::path, std::greater<>> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix(task)) || !name.ends_with(kSuffix)) continue;
    const std::string epochs = name.substr(prefix(task).size());
    char* end = nullptr;
    const int64_t number = std::strtoll(epochs.c_str(), &end, 10);
    if (end != epochs.c_str() && std::string(end) == kSuffix) files[number] = entry.path();
  }
  return files;
}

}  // namespace

void RungCheckpoints::restore(const Task& task, int64_t epochs, const std::string& identity,
                              network::Network& network, train::Trainer& trainer) const {
  if (folder_.empty()) return;
  for (const auto& [number, file] : files_of(folder_, task))
    if (number <= epochs &&
        train::read_checkpoint(file, with_epochs(identity, number), network, trainer))
      return;
}

bool RungCheckpoints::save(const Task& task, int64_t epochs, const std::string& identity,
                           const network::Network& network, const train::Trainer& trainer) {
  if (folder_.empty()) return false;
  try {
    train::write_checkpoint(folder_ / fmt::format("{}{}{}", prefix(task), epochs, kSuffix),
                            with_epochs(identity, epochs), network, trainer);
    return true;
  } catch (const SystemError& error) {
    if (!told_)
      fmt::print(stderr, "nasnet: {}; children are trained again instead\n", error.what());
    told_ = true;
    return false;
  }
}

void RungCheckpoints::remove_before(const Task& task, int64_t epochs) const {
  if (folder_.empty()) return;
  std::error_code ignored;
  for (const auto& [number, file] : files_of(folder_, task))
    if (number < epochs) fs::remove(file, ignored);
}

}  // namespace nasnet::search
