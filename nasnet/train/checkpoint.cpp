// A checkpoint carries its own seal over names, values and state: a training is not resumed from a
// file that a crash or a disk has damaged.

#include "nasnet/train/checkpoint.h"

#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/network/weights.h"

namespace nasnet::train {
namespace {

using network::NamedTensor;
using nlohmann::json;

/// Of tensors in the file's order: row-major, as they are written.
std::string seal(const std::string& identity, const std::string& state,
                 const std::vector<std::string>& digests) {
  std::string text = identity + "\n" + state;
  for (const std::string& one : digests) text += "\n" + one;
  return digest(text, "sha256");
}

std::string digest_of(const NamedTensor& named) {
  return named.name + " " + digest(bytes_of(named.tensor->row_major()), "sha256");
}

/// The training's state. Throws where the file is not whole.
json check(const SafetensorsFile& file, const std::string& identity) {
  const auto& metadata = file.header().metadata;
  std::vector<std::string> digests;
  for (const TensorEntry& entry : file.header().tensors)
    digests.push_back(entry.name + " " + digest(file.bytes(entry), "sha256"));
  const std::string& state = metadata.at("state");
  if (metadata.at("identity") != identity) throw InputError("another training's");
  if (metadata.at("sha256") != seal(identity, state, digests)) throw InputError("damaged");
  return json::parse(state);
}

}  // namespace

void append_tensors(const std::string& kind, const std::vector<NamedTensor>& tensors,
                    std::vector<NamedTensor>& all) {
  for (const NamedTensor& one : tensors) all.push_back({kind + "/" + one.name, one.tensor});
}

void write_checkpoint(const std::filesystem::path& path, const std::string& identity,
                      const Resumable& training) {
  const std::vector<NamedTensor> tensors = training.saved_tensors();
  const std::string state = training.saved_state().dump();
  std::vector<std::string> digests;
  for (const NamedTensor& one : tensors) digests.push_back(digest_of(one));
  network::write_tensors(
      path, tensors,
      {{"identity", identity}, {"state", state}, {"sha256", seal(identity, state, digests)}});
}

bool read_checkpoint(const std::filesystem::path& path, const std::string& identity,
                     Resumable& training) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return false;
  try {
    const json state = check(SafetensorsFile(path), identity);
    training.restore(network::read_tensors(path, training.saved_tensors()), state);
    return true;
  } catch (const Error&) {  // nothing has been changed
    return false;
  } catch (const json::exception&) {
    return false;
  } catch (const std::out_of_range&) {  // metadata that is missing
    return false;
  }
}

}  // namespace nasnet::train
