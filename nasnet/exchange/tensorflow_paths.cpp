#include "nasnet/exchange/tensorflow_paths.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"
#include "nasnet/exchange/tensorflow_file.h"
#include "nasnet/exchange/tensorflow_index.h"

// A checkpoint of TensorFlow is no file but several of one front, and people name any of them, or
// the folder. A list's names are taken for files beside it: a folder may have been moved, and no
// list of a stranger's leads elsewhere.

namespace nasnet::exchange {
namespace {

namespace fs = std::filesystem;

/// "model.ckpt-77" of "model.ckpt-77.index".
std::optional<std::string> before_ending(const std::string& name, std::string_view ending) {
  if (!name.ends_with(ending)) return {};
  return name.substr(0, name.size() - ending.size());
}

/// "model.ckpt-77" of "model.ckpt-77.data-00003-of-00008".
std::optional<std::string> before_data(const std::string& name) {
  constexpr std::string_view kEnding = ".data-00000-of-00000";
  if (name.size() <= kEnding.size()) return {};
  std::string ending = name.substr(name.size() - kEnding.size());
  std::replace_if(
      ending.begin(), ending.end(), [](unsigned char c) { return std::isdigit(c); }, '0');
  if (ending != kEnding) return {};
  return name.substr(0, name.size() - kEnding.size());
}

fs::directory_iterator files_in(const fs::path& folder) {
  return fs::directory_iterator(folder, fs::directory_options::skip_permission_denied);
}

/// Of several checkpoints none is known to be the one that is meant.
void demand_one(const std::vector<std::string>& prefixes, const std::string& of,
                const char* remedy) {
  if (prefixes.size() > 1)
    throw InputError(
        fmt::format("{} holds several checkpoints, {}; {}", of, fmt::join(prefixes, ", "), remedy));
}

std::optional<std::string> prefix_in(const fs::path& folder) {
  if (fs::is_regular_file(folder / "checkpoint")) return listed_checkpoint(folder / "checkpoint");
  const fs::path saved_model = folder / "variables" / "variables";
  if (fs::is_regular_file(saved_model.string() + ".index")) return saved_model.string();
  std::vector<std::string> prefixes;
  for (const fs::directory_entry& file : files_in(folder))
    if (const auto prefix = before_ending(file.path().string(), ".index"))
      prefixes.push_back(*prefix);
  demand_one(prefixes, folder.string(), "import one of them");
  return prefixes.empty() ? std::nullopt : std::optional(prefixes[0]);
}

/// A file of the checkpoint lies there.
bool is_prefix(const fs::path& path) {
  if (fs::is_regular_file(path.string() + ".index")) return true;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (!fs::is_directory(folder)) return false;
  for (const fs::directory_entry& file : files_in(folder))
    if (before_data(file.path().filename().string()) == path.filename()) return true;
  return false;
}

}  // namespace

std::optional<std::string> checkpoint_prefix(const fs::path& path) {
  if (fs::is_directory(path)) return prefix_in(path);
  if (auto prefix = before_data(path.string())) return prefix;
  if (!fs::exists(path) && is_prefix(path)) return path.string();
  return {};
}

std::string listed_checkpoint(const fs::path& list) {
  constexpr size_t kLongest = 1 << 20;
  constexpr std::string_view kLatest = "model_checkpoint_path: \"";
  for (const std::string& line : lines_of(read_file(list, kLongest)))
    if (line.starts_with(kLatest) && line.ends_with('"') && line.size() > kLatest.size() + 1) {
      const fs::path named = line.substr(kLatest.size(), line.size() - kLatest.size() - 1);
      return (list.parent_path() / named.filename()).string();
    }
  throw InputError(fmt::format("{} names no checkpoint of TensorFlow", list.string()));
}

std::unique_ptr<WeightFile> open_checkpoint_at(const std::string& prefix) {
  // A list may name a checkpoint of one file.
  if (!fs::exists(prefix + ".index") && fs::is_regular_file(prefix))
    return open_checkpoint_of(FileBytes(prefix));
  return open_checkpoint(
      {prefix, [prefix](const std::string& ending) -> std::unique_ptr<ByteSource> {
         if (!fs::is_regular_file(prefix + ending)) return nullptr;
         return std::make_unique<FileBytes>(prefix + ending);
       }});
}

std::unique_ptr<WeightFile> open_checkpoint_of(const ByteSource& index) {
  if (const auto prefix = before_ending(index.name(), ".index")) return open_checkpoint_at(*prefix);
  read_checkpoint_index(index);  // a checkpoint of one file is refused here
  throw InputError(
      fmt::format("{} is the index of a TensorFlow checkpoint under another name; call it "
                  "PREFIX.index as its data is called PREFIX.data-00000-of-...",
                  index.name()));
}

std::unique_ptr<WeightFile> open_packed_checkpoint(const std::string& path) {
  const uint64_t most = kMostUnpacked * fs::file_size(path);
  auto members = std::make_shared<std::map<std::string, std::string>>();
  std::vector<std::string> prefixes;
  uint64_t unpacked = 0;
  read_archive(
      path,
      [](const ArchiveEntry& entry) {
        return entry.path.ends_with(".index") || before_data(entry.path);
      },
      [&](const ArchiveEntry& entry, std::string content) {
        if (auto prefix = before_ending(entry.path, ".index")) prefixes.push_back(*prefix);
        if ((unpacked += content.size()) > most)
          throw InputError(
              fmt::format("{} unpacks to more than {} times its size", path, kMostUnpacked));
        members->emplace(entry.path, std::move(content));
      },
      most);
  demand_one(prefixes, path, "unpack it and import one of them");
  if (prefixes.empty())
    throw InputError(fmt::format(
        "{} holds no checkpoint of TensorFlow; unpack it and import the file of weights in it",
        path));
  const std::string prefix = prefixes[0];
  return open_checkpoint({fmt::format("{}: {}", path, prefix),
                          [=](const std::string& ending) -> std::unique_ptr<ByteSource> {
                            const auto found = members->find(prefix + ending);
                            if (found == members->end()) return nullptr;
                            return std::make_unique<MemoryBytes>(
                                found->second, fmt::format("{}: {}", path, found->first));
                          }});
}

}  // namespace nasnet::exchange
