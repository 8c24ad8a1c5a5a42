#include "nasnet/search/evaluators/child_checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/train/checkpoint.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".safetensors";

/// A file under another one's name must not pass for it.
std::string with_epochs(const std::string& identity, int64_t epochs) {
  return fmt::format("{} after {} epochs", identity, epochs);
}

std::string file_name(const std::string& arm, int64_t number, int64_t epochs) {
  return fmt::format("{}-{:06}-{}{}", arm, number, epochs, kSuffix);
}

struct File {
  int64_t number = 0, epochs = 0;
  fs::path path;
};

/// The arm's files. Those of other names are not ours.
std::vector<File> files_of(const fs::path& folder, const std::string& arm) {
  std::vector<File> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(arm + "-")) continue;
    File file{0, 0, entry.path()};
    char* end = nullptr;
    file.number = std::strtoll(name.c_str() + arm.size() + 1, &end, 10);
    if (*end == '-') file.epochs = std::strtoll(end + 1, nullptr, 10);
    if (name == file_name(arm, file.number, file.epochs)) files.push_back(std::move(file));
  }
  return files;
}

/// The trial's files, those of the most epochs first.
std::vector<File> files_of(const fs::path& folder, const Task& task) {
  std::vector<File> files = files_of(folder, task.arm);
  std::erase_if(files, [&](const File& file) { return file.number != task.number; });
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.epochs > b.epochs; });
  return files;
}

}  // namespace

void RungCheckpoints::restore(const Task& task, int64_t epochs, const std::string& identity,
                              network::Network& network, train::Trainer& trainer) const {
  if (folder_.empty()) return;
  for (const File& file : files_of(folder_, task))
    if (file.epochs <= epochs &&
        train::read_checkpoint(file.path, with_epochs(identity, file.epochs), network, trainer))
      return;
}

bool RungCheckpoints::save(const Task& task, int64_t epochs, const std::string& identity,
                           const network::Network& network, const train::Trainer& trainer) {
  if (folder_.empty()) return false;
  try {
    train::write_checkpoint(folder_ / file_name(task.arm, task.number, epochs),
                            with_epochs(identity, epochs), network, trainer);
    return true;
  } catch (const SystemError& error) {
    if (!told_) warn(fmt::format("{}; children are trained again instead", error.what()));
    told_ = true;
    return false;
  }
}

void RungCheckpoints::remove_before(const Task& task, int64_t epochs) const {
  if (folder_.empty()) return;
  std::error_code ignored;
  for (const File& file : files_of(folder_, task))
    if (file.epochs < epochs) fs::remove(file.path, ignored);
}

void RungCheckpoints::remove_trials_before(const std::string& arm, int64_t number) const {
  if (folder_.empty()) return;
  std::error_code ignored;
  for (const File& file : files_of(folder_, arm))
    if (file.number < number) fs::remove(file.path, ignored);
}

}  // namespace nasnet::search
