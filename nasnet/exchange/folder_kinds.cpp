#include <fmt/format.h>

#include "nasnet/exchange/file_kinds.h"

// A folder in place of a file: the file in it that is read is named, if there is one; else the kind
// that a known file in it tells.

namespace nasnet::exchange {
namespace {

/// Files that are read, with which hubs and training programs fill a folder; the best first.
constexpr const char* kRead[] = {"model.safetensors.index.json",
                                 "model.safetensors",
                                 "pytorch_model.bin.index.json",
                                 "pytorch_model.bin",
                                 "model.weights.h5",
                                 "tf_model.h5",
                                 "mp_rank_00_model_states.pt"};

/// A kind of folder that is refused, and the two halves of the sentence.
struct Folder {
  const char* mark;  // what lies in it
  const char* what;
  const char* remedy;
};

constexpr Folder kUnread[] = {
    {"manifest.json", "a model of nasnet's own", "evaluate, predict and export take it as it is"},
    {"zero_to_fp32.py", "a checkpoint of DeepSpeed in parts",
     "put it together with 'python zero_to_fp32.py . weights.pth' in it"},
    {".metadata", "a checkpoint of torch.distributed in parts",
     "put it together with 'python -m torch.distributed.checkpoint.format_utils dcp_to_torch "
     "FOLDER "
     "weights.pth'"},
    {"_CHECKPOINT_METADATA", "a checkpoint of Orbax",
     "restore it in Python and save the arrays as safetensors"},
    {"_METADATA", "a checkpoint of Orbax",
     "restore it in Python and save the arrays as safetensors"},
};

/// A first byte that tells nothing: the name decides.
const std::string kUnknown(1, '\0');

/// Folders whose kind one of their files has, too.
constexpr const char* kAsFile[] = {"saved_model.pb", "flax_model.msgpack"};

}  // namespace

std::vector<std::string> unread_folder_kinds() {
  std::vector<std::string> result;
  for (const Folder& kind : kUnread)
    if (result.empty() || result.back() != kind.what) result.emplace_back(kind.what);
  return result;
}

std::string unread_folder(const std::filesystem::path& folder) {
  const auto has = [&](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(folder / name, ignored);
  };
  for (const char* name : kRead)
    if (has(name)) return fmt::format("is a folder; import {}", (folder / name).string());
  for (const Folder& kind : kUnread)
    if (has(kind.mark)) return fmt::format("is {}, which is not read: {}", kind.what, kind.remedy);
  for (const char* name : kAsFile)
    if (has(name)) return unread_kind(name, kUnknown);
  if (folder.extension() == ".mlpackage") return unread_kind(folder.string(), kUnknown);
  return "is a folder; name the file of weights in it";
}

}  // namespace nasnet::exchange
