#pragma once

#include <cstdint>
#include <filesystem>

namespace nasnet::train {

/// Keeps the model that was just saved in `folder` as FOLDER/checkpoints/epoch-000012, a whole
/// model of its own that takes no room for tensors that the folder has, too; and removes those of
/// earlier epochs but the last `most`. There is a kept model whole or not at all. Throws
/// SystemError.
void keep_checkpoint(const std::filesystem::path& folder, int64_t epoch, int64_t most);

}  // namespace nasnet::train
