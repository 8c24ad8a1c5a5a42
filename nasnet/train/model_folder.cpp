#include "nasnet/train/model_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/number_types.h"
#include "nasnet/network/weights.h"

// The files of any model, whatever its manifest says besides.

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 1;

struct KindText {
  ModelKind kind;
  const char* schema;
  const char* words;
};
constexpr KindText kKinds[] = {
    {ModelKind::kClassifier, "nasnet-model", "a classifier"},
    {ModelKind::kDetector, "nasnet-detector", "a detector of boxes"},
};

const KindText& text_of(ModelKind kind) {
  return *std::ranges::find(kKinds, kind, &KindText::kind);
}

json parse_manifest(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  if (!fs::exists(path))
    throw InputError(
        fmt::format("{} is no model folder: it has no manifest.json; `nasnet train` makes one, and "
                    "`nasnet import` of a file of weights",
                    folder.string()));
  return json::parse(read_file(path, size_t{64} << 20), nullptr, false);
}

ModelKind kind_of(const json& manifest, const fs::path& folder) {
  if (manifest.is_object())
    for (const KindText& one : kKinds)
      if (manifest.value("schema", json()) == one.schema) return one.kind;
  throw InputError(
      fmt::format("{} is not a nasnet model's manifest", (folder / "manifest.json").string()));
}

/// Files of earlier saves, once no manifest names them.
void remove_others(const fs::path& folder, const json& manifest) {
  constexpr const char* kKeys[] = {"weights", "momentum", "ema", "best"};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".safetensors") == std::string::npos) continue;
    for (const char* key : kKeys)
      if (name.starts_with(fmt::format("{}-", key)) && name != manifest.value(key, ""))
        fs::remove(entry.path(), ignored);
  }
}

/// Running statistics may overflow while losses and gradients are still numbers.
void demand_finite(const SavedTensors& saved, int64_t step) {
  for (const network::NamedTensor& one : saved.tensors)
    if (!all_finite(one.tensor->values()))
      throw NotANumber(
          fmt::format("{} is not a number after step {}; try a lower --learning-rate (the state "
                      "saved before is kept)",
                      one.name, step));
}

}  // namespace

bool is_model(const fs::path& folder) {
  return fs::exists(folder / "manifest.json");
}

ModelKind model_kind(const fs::path& folder) {
  return kind_of(parse_manifest(folder), folder);
}

json read_manifest(const fs::path& folder, ModelKind kind) {
  json manifest = parse_manifest(folder);
  if (const ModelKind found = kind_of(manifest, folder); found != kind)
    throw InputError(fmt::format("{} is {}, and this takes {}", folder.string(),
                                 text_of(found).words, text_of(kind).words));
  if (manifest.value("version", json()) != kVersion)
    throw InputError(fmt::format(
        "{} is of version {}, this nasnet reads version {}; use the nasnet that made it",
        (folder / "manifest.json").string(), manifest.value("version", json()).dump(), kVersion));
  return manifest;
}

json begin_manifest(ModelKind kind) {
  return {{"schema", text_of(kind).schema}, {"version", kVersion}};
}

void write_manifest(const fs::path& folder, const json& manifest) {
  write_file(folder / "manifest.json", manifest.dump(1) + "\n");
}

fs::path file_of(const fs::path& folder, const json& manifest, const char* key) {
  if (!manifest.contains(key) || !manifest[key].is_string())
    throw InputError(fmt::format("{}/manifest.json names no {} file", folder.string(), key));
  const fs::path name = manifest[key].get<std::string>();
  if (name != name.filename())
    throw InputError(fmt::format("{}/manifest.json: {} '{}' is not a file of this folder",
                                 folder.string(), key, name.string()));
  return folder / name;
}

std::string tensors_file(const char* key, int64_t step) {
  return fmt::format("{}-{:08}.safetensors", key, step);
}

void write_model(const fs::path& folder, json manifest, int64_t step,
                 const std::vector<SavedTensors>& saved) {
  for (const SavedTensors& one : saved) {
    if (one.key == std::string_view("weights")) demand_finite(one, step);
    manifest[one.key] = tensors_file(one.key, step);
  }
  try {
    for (const SavedTensors& one : saved)
      network::write_tensors(folder / tensors_file(one.key, step), one.tensors, one.metadata);
    write_manifest(folder, manifest);
  } catch (...) {
    // On a full disk what no manifest names would take the place that the next save needs.
    if (is_model(folder)) remove_others(folder, parse_manifest(folder));
    throw;
  }
  remove_others(folder, manifest);
}

std::vector<Tensor> read_saved(const fs::path& folder, ModelKind kind,
                               const std::vector<const char*>& keys,
                               const std::vector<network::NamedTensor>& wanted) {
  // A training that goes on may take the file away that the manifest named a moment ago.
  for (fs::path before;;) {
    const json manifest = read_manifest(folder, kind);
    const auto key =
        std::ranges::find_if(keys, [&](const char* k) { return manifest.contains(k); });
    const fs::path file = file_of(folder, manifest, key == keys.end() ? keys.back() : *key);
    try {
      return network::read_tensors(file, wanted);
    } catch (const Error&) {
      if (fs::exists(file) || file == before) throw;
      before = file;
    }
  }
}

void record_export(const fs::path& folder, const ExportRecord& record) {
  const auto lock = FolderLock::try_lock(folder);
  if (!lock) return;  // a training would drop it, and must find its own manifest
  json manifest = read_manifest(folder, model_kind(folder));
  json kept = json::array();
  for (const json& one : manifest.value("exports", json::array()))
    if (one.value("file", "") != record.file) kept.push_back(one);
  kept.push_back({{"file", record.file},
                  {"opset", record.opset},
                  {"folded", record.folded},
                  {"difference", record.difference},
                  {"sha256", record.sha256}});
  manifest["exports"] = kept;
  write_manifest(folder, manifest);
}

FolderLock lock_for_training(const fs::path& folder, bool resume) {
  std::optional<FolderLock> lock = FolderLock::try_lock(folder);
  if (!lock)
    throw InputError(
        fmt::format("{} is being written by another process; wait for it, or choose another --out",
                    folder.string()));
  if (!resume && is_model(folder))
    throw InputError(fmt::format(
        "{} holds a model already; resume its training with --resume, or choose another --out",
        folder.string()));
  return std::move(*lock);
}

void demand_free(const fs::path& folder, bool resume) {
  lock_for_training(folder, resume);
}

}  // namespace nasnet::train
