// A checkpoint carries its own seal over names, values and state: a training is not resumed from a
// file that a crash or a disk has damaged.

#include "nasnet/train/checkpoint.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/network/weights.h"
#include "nasnet/train/train_state.h"

namespace nasnet::train {
namespace {

using network::NamedTensor;
using nlohmann::json;

/// All that a training is made of, under the names that the file has for it. The tensors are the
/// training's own, not copies.
std::vector<NamedTensor> all_tensors(const network::Network& network, const Trainer& trainer) {
  std::vector<NamedTensor> all;
  const auto add = [&](const char* kind, const std::vector<NamedTensor>& tensors) {
    for (const NamedTensor& one : tensors)
      all.push_back({std::string(kind) + "/" + one.name, one.tensor});
  };
  add("weights", network::named_tensors(network));
  add("optimizer", trainer.learner().optimizer_state());
  add("average", trainer.learner().average());
  return all;
}

size_t count_of(const std::string& kind, const std::vector<NamedTensor>& tensors) {
  return static_cast<size_t>(std::ranges::count_if(
      tensors, [&](const NamedTensor& one) { return one.name.starts_with(kind + "/"); }));
}

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

/// Takes the first of them away.
std::vector<Tensor> take(std::vector<Tensor>& values, size_t count) {
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Tensor> taken(std::make_move_iterator(values.begin()), std::make_move_iterator(end));
  values.erase(values.begin(), end);
  return taken;
}

/// Throws where the file is not whole.
TrainState check(const SafetensorsFile& file, const std::string& identity) {
  const auto& metadata = file.header().metadata;
  std::vector<std::string> digests;
  for (const TensorEntry& entry : file.header().tensors)
    digests.push_back(entry.name + " " + digest(file.bytes(entry), "sha256"));
  const std::string& state = metadata.at("state");
  if (metadata.at("identity") != identity) throw InputError("another training's");
  if (metadata.at("sha256") != seal(identity, state, digests)) throw InputError("damaged");
  return state_from_json(json::parse(state));
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const std::string& identity,
                      const network::Network& network, const Trainer& trainer) {
  const std::vector<NamedTensor> tensors = all_tensors(network, trainer);
  const std::string state = state_to_json(trainer.state()).dump();
  std::vector<std::string> digests;
  for (const NamedTensor& one : tensors) digests.push_back(digest_of(one));
  network::write_tensors(
      path, tensors,
      {{"identity", identity}, {"state", state}, {"sha256", seal(identity, state, digests)}});
}

bool read_checkpoint(const std::filesystem::path& path, const std::string& identity,
                     network::Network& network, Trainer& trainer) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return false;
  TrainState state;
  try {
    state = check(SafetensorsFile(path), identity);
    const std::vector<NamedTensor> wanted = all_tensors(network, trainer);
    std::vector<Tensor> values = network::read_tensors(path, wanted);
    const std::vector<Tensor> weights = take(values, count_of("weights", wanted));
    const std::vector<Tensor> optimizer = take(values, count_of("optimizer", wanted));
    network.set_tensors(weights);
    trainer.learner().set_state(optimizer, values);
  } catch (const Error&) {  // nothing has been copied
    return false;
  } catch (const json::exception&) {
    return false;
  } catch (const std::out_of_range&) {  // metadata that is missing
    return false;
  }
  trainer.set_state(std::move(state));
  return true;
}

}  // namespace nasnet::train
