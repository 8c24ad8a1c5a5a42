#pragma once

#include <filesystem>
#include <optional>

#include "nasnet/base/folder_lock.h"

namespace nasnet::cli {

/// Throws InputError where the folder holds a model.
void demand_no_model(const std::filesystem::path& folder);

/// Where a model is put together before it gets its place: beside it, so that a folder of its name
/// is a whole model at every moment. Left behind by a process that was killed, it is made anew.
/// Throws InputError where another process is making a model for the same place.
class NewModel {
 public:
  explicit NewModel(std::filesystem::path place);
  ~NewModel();
  NewModel(const NewModel&) = delete;
  NewModel& operator=(const NewModel&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  /// Gives it its place. Throws InputError where another process has taken that meanwhile.
  void finish();

 private:
  std::filesystem::path place_, folder_;
  std::optional<FolderLock> lock_;
};

}  // namespace nasnet::cli
