#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nasnet::exchange {

/// Names a file that is not read as weights, and how to get one that is: "is a TensorFlow
/// Lite model, ...". By its first bytes (`start`, at least 64 of them where it has as many), else
/// by its name; "is no file of weights, ..." where neither tells.
std::string unread_kind(const std::string& path, const std::string& start);

/// The same of a zip that is neither PyTorch's nor Keras', by the path of one of its members; ""
/// where it tells nothing.
std::string unread_zip(const std::string& member);

/// The same of a folder, by what lies in it.
std::string unread_folder(const std::filesystem::path& folder);

/// The names of all refused kinds, each once: docs/weights.md lists them.
std::vector<std::string> unread_kinds();
/// Those of folders.
std::vector<std::string> unread_folder_kinds();

}  // namespace nasnet::exchange
