#include "cli/new_model.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/train/model.h"

// An imported model is put together in a folder of its own and renamed into place, so that a
// process that is killed leaves no half of a model under the name that was asked for.

namespace nasnet::cli {
namespace {

namespace fs = std::filesystem;

/// Throws InputError where another process has the folder; `place` is the name that the user knows.
FolderLock lock_for(const fs::path& folder, const fs::path& place) {
  std::optional<FolderLock> lock = FolderLock::try_lock(folder);
  if (!lock)
    throw InputError(
        fmt::format("{} is being written by another process; wait for it, or give another --out",
                    printable(place.string())));
  return std::move(*lock);
}

}  // namespace

void demand_no_model(const fs::path& folder) {
  if (train::is_model(folder))
    throw InputError(
        fmt::format("{} holds a model already; give another --out", printable(folder.string())));
}

NewModel::NewModel(fs::path place)
    : place_(std::move(place)), folder_(place_.string() + ".importing") {
  lock_.emplace(lock_for(folder_, place_));
  // Under the lock, what lies here is an import's that was killed.
  for (const auto& left : fs::directory_iterator(folder_)) fs::remove_all(left.path());
}

NewModel::~NewModel() {
  if (!lock_) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void NewModel::finish() {
  const auto move = [](const fs::path& from, const fs::path& to, unsigned flags) {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
  };
  // As a whole where nothing is there. A file system without this flag goes the other way.
  if (!move(folder_, place_, RENAME_NOREPLACE)) {
    const FolderLock taken = lock_for(place_, place_);
    demand_no_model(place_);
    // Into a folder that is there already the manifest goes last: it makes the rest a model.
    const fs::path weights = train::imported_weights("").filename();
    fs::rename(folder_ / weights, place_ / weights);
    fs::rename(folder_ / "manifest.json", place_ / "manifest.json");
    fs::remove_all(folder_);
  }
  lock_.reset();
}

}  // namespace nasnet::cli
