#include "nasnet/train/kept_checkpoints.h"

#include <fmt/format.h>

#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// A saved file is never written again, only replaced by one of another name: links to it stay what
// they are.

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "epoch-";

void link_or_copy(const fs::path& file, const fs::path& to) {
  std::error_code no_links;
  fs::create_hard_link(file, to, no_links);
  if (no_links) fs::copy_file(file, to);
}

void copy_model(const fs::path& folder, const fs::path& to) {
  fs::create_directories(to);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".safetensors")) link_or_copy(entry.path(), to / name);
    // Copied, as it has a name that stays.
    if (name == "manifest.json") fs::copy_file(entry.path(), to / name);
  }
}

}  // namespace

void keep_checkpoint(const fs::path& folder, int64_t epoch, int64_t most) {
  const fs::path kept = folder / "checkpoints";
  const fs::path name = kept / fmt::format("{}{:06}", kPrefix, epoch);
  const fs::path unfinished = kept / ".unfinished";
  try {
    fs::remove_all(unfinished);
    copy_model(folder, unfinished);
    fs::remove_all(name);  // of an epoch that is trained again
    fs::rename(unfinished, name);
    std::set<fs::path> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(kept))
      if (entry.path().filename().string().starts_with(kPrefix)) all.insert(entry.path());
    for (; std::ssize(all) > most; all.erase(all.begin())) fs::remove_all(*all.begin());
  } catch (const fs::filesystem_error& error) {
    throw SystemError(fmt::format("cannot keep a checkpoint in {}: {}", printable(kept.string()),
                                  error.code().message()));
  }
}

}  // namespace nasnet::train
