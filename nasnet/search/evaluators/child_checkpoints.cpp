#include "nasnet/search/evaluators/child_checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".safetensors";

/// Of a checkpoint after so many epochs: a file under another one's name must not pass for it.
std::string identity_of(const Rung& rung, const nlohmann::json& child, int64_t epochs) {
  return nlohmann::json{
      {"seed", rung.task.seed},    {"arm", rung.task.arm}, {"number", rung.task.number},
      {"schedule", rung.schedule}, {"child", child},       {"epochs", epochs}}
      .dump();
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

Rung::Rung(const Task& of, int64_t usual)
    : task(of),
      schedule(of.schedule > 0 ? of.schedule : usual),
      epochs(of.epochs > 0 ? std::min(of.epochs, schedule) : schedule) {}

void RungCheckpoints::restore(const Rung& rung, const nlohmann::json& child,
                              train::Resumable& training) const {
  for (const File& file : files_of(folder_, rung.task))
    if (file.epochs <= rung.epochs &&
        train::read_checkpoint(file.path, identity_of(rung, child, file.epochs), training))
      return;
}

/// True if it is kept now.
bool RungCheckpoints::save(const Rung& rung, const nlohmann::json& child,
                           const train::Resumable& training) {
  try {
    train::write_checkpoint(folder_ / file_name(rung.task.arm, rung.task.number, rung.epochs),
                            identity_of(rung, child, rung.epochs), training);
    return true;
  } catch (const SystemError& error) {
    if (!told_) warn(fmt::format("{}; children are trained again instead", error.what()));
    told_ = true;
    return false;
  }
}

Measurements RungCheckpoints::evaluate(const Rung& rung, const nlohmann::json& child,
                                       train::Resumable& training,
                                       const std::function<void()>& train,
                                       const std::function<Measurements()>& measure) {
  const bool keeps = !folder_.empty();
  if (keeps) restore(rung, child, training);
  train();
  const bool kept = keeps && (rung.is_last() || save(rung, child, training));
  Measurements result = measure();
  if (!kept) return result;
  std::error_code ignored;
  for (const File& file : files_of(folder_, rung.task))
    if (file.epochs < rung.epochs) fs::remove(file.path, ignored);
  return result;
}

void RungCheckpoints::remove_trials_before(const std::string& arm, int64_t number) const {
  if (folder_.empty()) return;
  std::error_code ignored;
  for (const File& file : files_of(folder_, arm))
    if (file.number < number) fs::remove(file.path, ignored);
}

}  // namespace nasnet::search
