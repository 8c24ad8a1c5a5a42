// A model's folder: a manifest in JSON, whose strings come from outside and are checked, and the
// tensors beside it.

#include "nasnet/train/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/folder_lock.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/text.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/weights.h"
#include "nasnet/space/json.h"

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kSchema = "nasnet-model";
constexpr int kVersion = 1;

std::string weights_file(const TrainState& state) {
  return fmt::format("weights-{:08}.safetensors", state.step);
}

std::string momentum_file(const TrainState& state) {
  return fmt::format("momentum-{:08}.safetensors", state.step);
}

std::string ema_file(const TrainState& state) {
  return fmt::format("ema-{:08}.safetensors", state.step);
}

json to_json(const ModelInfo& info) {
  const graph::StackSettings& stack = info.stack;
  const TrainState& state = info.state;
  json manifest = {
      {"schema", kSchema},
      {"version", kVersion},
      {"weights", weights_file(state)},
      {"genotype", space::genotype_to_json(info.genotype)},
      {"stack",
       {{"name", stack.stack},
        {"cells", stack.cells},
        {"filters", stack.filters},
        {"classes", stack.classes},
        {"input", {stack.input.height, stack.input.width, stack.input.channels}},
        {"auxiliary_head", stack.auxiliary_head},
        {"pooling", graph::pooling_name(stack.pooling)}}},
      {"classes", info.classes},
      {"normalization",
       {{"mean", info.normalization.mean}, {"deviation", info.normalization.deviation}}},
      {"preparation", settings_to_json(info.preparation)},
      {"seed", info.seed},
      {"training", settings_to_json(info.training)},
      {"data",
       {{"source", info.data_source},
        {"digest", info.data_digest},
        {"contents", info.data_contents},
        {"split", info.split}}},
      {"state",
       {{"step", state.step},
        {"epoch", state.epoch},
        {"batch", state.batch},
        {"loss_sum", state.loss_sum},
        {"correct", state.correct},
        {"images", state.images}}},
      {"history", history_to_json(state.history)},
      {"finished", info.finished}};
  if (!info.imported.empty()) manifest["imported"] = info.imported;
  if (!info.finished) manifest["momentum"] = momentum_file(state);
  if (!info.finished && info.training.ema > 0) manifest["ema"] = ema_file(state);
  if (info.test_accuracy)
    manifest["test"] = {{"accuracy", *info.test_accuracy},
                        {"images", info.test_images},
                        {"left_out", info.test_left_out}};
  return manifest;
}

ModelInfo from_json(const json& manifest, const std::string& where) {
  ModelInfo info;
  info.genotype = space::genotype_from_json(manifest.at("genotype"), where);
  const json& stack = manifest.at("stack");
  const auto input = stack.at("input").get<std::vector<int>>();
  info.stack = {stack.at("name"),
                stack.at("cells"),
                stack.at("filters"),
                stack.at("classes"),
                {input.at(0), input.at(1), input.at(2)},
                stack.at("auxiliary_head"),
                graph::parse_pooling(stack.value("pooling", "slim"))};
  info.classes = manifest.at("classes").get<std::vector<std::string>>();
  info.normalization.mean = manifest.at("normalization").at("mean").get<std::vector<double>>();
  info.normalization.deviation =
      manifest.at("normalization").at("deviation").get<std::vector<double>>();
  // Models of earlier versions have the central share alone.
  const json crop = {{"central_crop", manifest.value("central_crop", 1.0)}};
  settings_from_json(info.preparation, manifest.value("preparation", crop), where);
  info.imported = manifest.value("imported", "");
  info.seed = manifest.at("seed");
  settings_from_json(info.training, manifest.at("training"), where);
  info.data_source = manifest.at("data").at("source");
  info.data_digest = manifest.at("data").at("digest");
  info.data_contents = manifest.at("data").value("contents", "");
  info.split = manifest.at("data").value("split", "");
  const json& state = manifest.at("state");
  info.state.step = state.at("step");
  info.state.epoch = state.at("epoch");
  info.state.batch = state.at("batch");
  info.state.loss_sum = state.at("loss_sum");
  info.state.correct = state.at("correct");
  info.state.images = state.at("images");
  info.state.history = history_from_json(manifest.at("history"));
  info.finished = manifest.at("finished");
  if (manifest.contains("test")) {
    info.test_accuracy = manifest.at("test").at("accuracy").get<double>();
    info.test_images = manifest.at("test").at("images");
    info.test_left_out = manifest.at("test").value("left_out", int64_t{0});
  }
  if (static_cast<int>(info.classes.size()) != info.stack.classes ||
      std::ssize(info.normalization.mean) != info.stack.input.channels ||
      info.normalization.deviation.size() != info.normalization.mean.size())
    throw InputError(where + ": classes or normalisation do not fit the network");
  return info;
}

json read_manifest(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  if (!fs::exists(path))
    throw InputError(
        fmt::format("{} is no model folder: it has no manifest.json; `nasnet train` "
                    "makes one",
                    folder.string()));
  json manifest = json::parse(read_file(path, size_t{64} << 20), nullptr, false);
  if (!manifest.is_object() || manifest.value("schema", json()) != kSchema)
    throw InputError(fmt::format("{} is not a nasnet model's manifest", path.string()));
  if (manifest.value("version", json()) != kVersion)
    throw InputError(
        fmt::format("{} is of version {}, this nasnet reads version {}; use the "
                    "nasnet that made it",
                    path.string(), manifest.value("version", json()).dump(), kVersion));
  return manifest;
}

/// A file that the manifest names; a manifest must not reach out of its folder.
fs::path file_of(const fs::path& folder, const json& manifest, const char* key) {
  if (!manifest.contains(key) || !manifest[key].is_string())
    throw InputError(fmt::format("{}/manifest.json names no {} file", folder.string(), key));
  const fs::path name = manifest[key].get<std::string>();
  if (name != name.filename())
    throw InputError(fmt::format("{}/manifest.json: {} '{}' is not a file of this folder",
                                 folder.string(), key, name.string()));
  return folder / name;
}

/// Files of earlier saves, once no manifest names them.
void remove_others(const fs::path& folder, const json& manifest) {
  constexpr const char* kKinds[] = {"weights", "momentum", "ema"};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".safetensors") == std::string::npos) continue;
    for (const char* kind : kKinds)
      if (name.starts_with(fmt::format("{}-", kind)) && name != manifest.value(kind, ""))
        fs::remove(entry.path(), ignored);
  }
}

/// A training that goes on may take the file away that the manifest named a moment ago.
void read_weights(const fs::path& folder, network::Network& network) {
  for (fs::path before;;) {
    const json manifest = read_manifest(folder);
    const fs::path file = file_of(folder, manifest, manifest.contains("ema") ? "ema" : "weights");
    try {
      return network.set_tensors(network::read_tensors(file, named_tensors(network)));
    } catch (const Error&) {
      if (fs::exists(file) || file == before) throw;
      before = file;
    }
  }
}

/// Running statistics may overflow while losses and gradients are still numbers.
void demand_finite(const std::vector<network::NamedTensor>& tensors, const TrainState& state) {
  for (const network::NamedTensor& one : tensors)
    if (!all_finite(one.tensor->values()))
      throw NotANumber(fmt::format(
          "{} is not a number after step {}; try a lower --learning-rate (what was saved "
          "before is kept)",
          one.name, state.step));
}

void write_files(const fs::path& folder, const ModelInfo& info, const json& manifest,
                 const std::vector<network::NamedTensor>& weights, const Trainer& training) {
  // A finished model's averaged weights take the place of the raw ones of its last checkpoint,
  // which nothing needs any more.
  write_tensors(folder / weights_file(info.state), weights,
                {{"format", "pt"}, {"nasnet", info.genotype.name}});
  if (!info.finished) {
    write_tensors(folder / momentum_file(info.state), training.learner().optimizer_state());
    if (info.training.ema > 0)
      write_tensors(folder / ema_file(info.state), training.learner().average());
  }
  write_file(folder / "manifest.json", manifest.dump(1) + "\n");
}

}  // namespace

void save_model(const fs::path& folder, const ModelInfo& info, const network::Network& network,
                const Trainer& training) {
  const std::vector<network::NamedTensor> weights = named_tensors(network);
  demand_finite(weights, info.state);
  const json manifest = to_json(info);
  try {
    write_files(folder, info, manifest, weights, training);
  } catch (...) {
    // On a full disk what no manifest names would take the place that the next save needs.
    if (is_model(folder)) remove_others(folder, read_manifest(folder));
    throw;
  }
  remove_others(folder, manifest);
}

fs::path imported_weights(const fs::path& folder) {
  return folder / weights_file({});
}

void save_imported(const fs::path& folder, const ModelInfo& info) {
  write_file(folder / "manifest.json", to_json(info).dump(1) + "\n");
}

void record_export(const fs::path& folder, const ExportRecord& record) {
  const auto lock = FolderLock::try_lock(folder);
  if (!lock) return;  // a training would drop it, and must find its own manifest
  json manifest = read_manifest(folder);
  json kept = json::array();
  for (const json& one : manifest.value("exports", json::array()))
    if (one.value("file", "") != record.file) kept.push_back(one);
  kept.push_back({{"file", record.file},
                  {"opset", record.opset},
                  {"folded", record.folded},
                  {"difference", record.difference},
                  {"sha256", record.sha256}});
  manifest["exports"] = kept;
  write_file(folder / "manifest.json", manifest.dump(1) + "\n");
}

bool is_model(const fs::path& folder) {
  return fs::exists(folder / "manifest.json");
}

ModelInfo load_model_info(const fs::path& folder) {
  const json manifest = read_manifest(folder);
  const std::string where = (folder / "manifest.json").string();
  try {
    return from_json(manifest, where);
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{} is damaged: {}", where, error.what()));
  } catch (const std::out_of_range&) {
    throw InputError(fmt::format("{} is damaged: the input's shape needs three numbers", where));
  }
}

void check_fit(const ModelInfo& info, const data::DataSet& data) {
  if (data.classes != info.classes)
    throw InputError(fmt::format(
        "the model knows {} classes and the data set {} has {}; they must be the same: {}",
        info.classes.size(), data.name, data.classes.size(),
        describe_difference(info.classes, "in the model", data.classes, "in the data")));
  if (data.test.channels != info.stack.input.channels)
    throw InputError(fmt::format("the model takes images of {} channels, those of {} have {}",
                                 info.stack.input.channels, data.name, data.test.channels));
}

std::unique_ptr<network::Network> load_network(const fs::path& folder, const ModelInfo& info,
                                               const network::Computation& computation) {
  auto network =
      network::make_network(graph::build(info.genotype, info.stack), info.seed, computation);
  read_weights(folder, *network);
  return network;
}

std::unique_ptr<network::Network> load_network(const fs::path& folder, const ModelInfo& info,
                                               const network::Computation& computation,
                                               data::ImageSize size) {
  auto own = load_network(folder, info, computation);
  if (size == data::ImageSize{info.stack.input.height, info.stack.input.width}) return own;
  graph::StackSettings stack = info.stack;
  stack.input.height = size.height;
  stack.input.width = size.width;
  stack.auxiliary_head = false;
  auto resized = network::make_network(graph::build(info.genotype, stack), info.seed, computation);
  std::map<std::string, const Tensor*> trained;
  for (const network::NamedTensor& one : named_tensors(*own)) trained[one.name] = one.tensor;
  std::vector<Tensor> values;
  for (const network::NamedTensor& one : named_tensors(*resized)) {
    const auto found = trained.find(one.name);
    if (found == trained.end() || found->second->shape() != one.tensor->shape())
      throw InputError(fmt::format("images of {}x{} are too small for the network of {}",
                                   size.width, size.height, folder.string()));
    values.push_back(*found->second);
  }
  resized->set_tensors(values);
  return resized;
}

void load_training(const fs::path& folder, const ModelInfo& info, network::Network& network,
                   Trainer& training) {
  const json manifest = read_manifest(folder);
  const auto read = [&](const char* key, const std::vector<network::NamedTensor>& wanted) {
    return network::read_tensors(file_of(folder, manifest, key), wanted);
  };
  network::Learner& learner = training.learner();
  std::vector<Tensor> average;
  if (info.training.ema > 0) average = read("ema", learner.average());
  const std::vector<Tensor> optimizer = read("momentum", learner.optimizer_state());
  network.set_tensors(read("weights", named_tensors(network)));
  learner.set_state(optimizer, average);
  training.set_state(info.state);
}

}  // namespace nasnet::train
