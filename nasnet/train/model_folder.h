#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/base/error.h"
#include "nasnet/base/folder_lock.h"
#include "nasnet/network/network.h"

namespace nasnet::train {

/// A model is a folder: manifest.json (versioned), and tensors beside it as safetensors. Saving
/// writes new files first and then replaces the manifest that names them, so that a folder always
/// holds one whole model, whatever happens in between.

/// The kind of model that a folder holds, its manifest's "schema".
enum class ModelKind { kClassifier, kDetector };

/// True if the folder has a manifest.json; nothing is read of it.
bool is_model(const std::filesystem::path& folder);

/// Throws InputError where the folder is no model, or a damaged one.
ModelKind model_kind(const std::filesystem::path& folder);

/// The manifest of a model of this kind. Throws InputError where the folder is no model, one of the
/// other kind or of another version.
nlohmann::json read_manifest(const std::filesystem::path& folder, ModelKind kind);

/// A manifest's first entries, its schema and version.
nlohmann::json begin_manifest(ModelKind kind);

/// Replaces the manifest. Throws SystemError.
void write_manifest(const std::filesystem::path& folder, const nlohmann::json& manifest);

/// The path of the file that the manifest names under `key`. Throws InputError where it names none,
/// or one outside of its folder.
std::filesystem::path file_of(const std::filesystem::path& folder, const nlohmann::json& manifest,
                              const char* key);

/// The name of a file of tensors: "weights-00000120.safetensors".
std::string tensors_file(const char* key, int64_t step);

/// Tensors that a manifest names under `key`: "weights", "momentum", "ema" or "best".
struct SavedTensors {
  const char* key;
  std::vector<network::NamedTensor> tensors;
  std::map<std::string, std::string> metadata = {};
};

/// Writes the tensors under tensors_file(), names them in the manifest, replaces it, and removes
/// the files of earlier saves. Throws NotANumber, and saves nothing, where a weight is not finite;
/// SystemError where a file cannot be written: the model saved before stays.
void write_model(const std::filesystem::path& folder, nlohmann::json manifest, int64_t step,
                 const std::vector<SavedTensors>& saved);

/// The tensors of the file that the manifest names under the first of `keys` that it has, while a
/// training may be replacing it. Throws InputError where they are not those `wanted`.
std::vector<Tensor> read_saved(const std::filesystem::path& folder, ModelKind kind,
                               const std::vector<const char*>& keys,
                               const std::vector<network::NamedTensor>& wanted);

/// The enum's value that a manifest has by its name. Throws InputError, which begins with `where`,
/// for an unknown one.
template <NamedEnum E>
E read_enum(const nlohmann::json& name, const std::string& noun, const std::string& where) {
  const auto text = name.get<std::string>();
  if (const auto value = from_text<E>(text)) return *value;
  throw InputError(where + ": unknown " + noun + " '" + text + "'" +
                   suggestion(text, names_of_all<E>()));
}

/// The manifest's record of a file that the model was exported to.
struct ExportRecord {
  std::string file;
  int opset = 0;
  bool folded = false;
  double difference = 0;  ///< largest in the export's check: of a logit, or of a box in pixels
  std::string sha256;
};
/// Adds the record to the manifest, in place of an earlier export to the same file. A training that
/// is resumed drops the records, as it changes the weights; while one runs nothing is recorded.
/// Throws InputError where the folder is no model, SystemError where it cannot be written.
void record_export(const std::filesystem::path& folder, const ExportRecord& record);

/// Locks the folder for a training. Throws InputError where another process is writing to it, or
/// where it holds a model and `resume` is false.
FolderLock lock_for_training(const std::filesystem::path& folder, bool resume);

/// The same check, but without keeping the lock: before data is read, which may take minutes.
void demand_free(const std::filesystem::path& folder, bool resume);

}  // namespace nasnet::train
