#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {

/// The front of the names of a TensorFlow checkpoint's files ("training/model.ckpt-77"), of what a
/// user has of them by name: the front itself, a file of its data, or their folder, be it a
/// SavedModel's. Nothing for other paths. Throws InputError where a folder has several checkpoints
/// and no list that tells the latest.
std::optional<std::string> checkpoint_prefix(const std::filesystem::path& path);

/// The latest of the checkpoints that a list names, which TensorFlow calls "checkpoint" and keeps
/// in their folder.
std::string listed_checkpoint(const std::filesystem::path& list);

/// The checkpoint on disk whose files' names begin with `prefix`.
std::unique_ptr<WeightFile> open_checkpoint_at(const std::string& prefix);

/// The one whose index is this file.
std::unique_ptr<WeightFile> open_checkpoint_of(const ByteSource& index);

/// The checkpoint in a tar, packed or not, as TF-slim's models were published. It is held in memory
/// whole.
std::unique_ptr<WeightFile> open_packed_checkpoint(const std::string& path);

}  // namespace nasnet::exchange
