#include "nasnet/train/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/weights.h"
#include "nasnet/space/json.h"
#include "nasnet/train/model_folder.h"

// The manifest of a classifier, in JSON, whose strings come from outside and are checked.

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json to_json(const ModelInfo& info) {
  const graph::StackSettings& stack = info.stack;
  const TrainState& state = info.state;
  json manifest = begin_manifest(ModelKind::kClassifier);
  manifest.update(
      json{{"genotype", space::genotype_to_json(info.genotype)},
           {"stack",
            {{"name", to_text(stack.stack)},
             {"cells", stack.cells},
             {"filters", stack.filters},
             {"classes", stack.classes},
             {"input", {stack.input.height, stack.input.width, stack.input.channels}},
             {"auxiliary_head", stack.auxiliary_head},
             {"pooling", to_text(stack.pooling)}}},
           {"classes", info.classes},
           {"normalization",
            {{"mean", info.normalization.mean}, {"deviation", info.normalization.deviation}}},
           {"preparation", settings_to_json(info.preparation)},
           {"seed", info.seed},
           {"training", settings_to_json(info.training)},
           {"tuning", settings_to_json(info.tuning)},
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
           {"finished", info.finished}});
  if (!info.imported.empty()) manifest["imported"] = info.imported;
  if (!info.from.empty()) manifest["from"] = {{"model", info.from}, {"sha256", info.from_digest}};
  if (info.test_accuracy)
    manifest["test"] = {{"accuracy", *info.test_accuracy},
                        {"images", info.test_images},
                        {"left_out", info.test_left_out}};
  if (info.test_loss) manifest["test"]["loss"] = *info.test_loss;
  return manifest;
}

ModelInfo from_json(const json& manifest, const std::string& where) {
  ModelInfo info;
  info.genotype = space::genotype_from_json(manifest.at("genotype"), where);
  const json& stack = manifest.at("stack");
  const auto input = stack.at("input").get<std::vector<int>>();
  info.stack = {read_enum<graph::StackKind>(stack.at("name"), "stack", where),
                stack.at("cells"),
                stack.at("filters"),
                stack.at("classes"),
                {input.at(0), input.at(1), input.at(2)},
                stack.at("auxiliary_head"),
                read_enum<graph::Pooling>(stack.value("pooling", "slim"), "pooling", where)};
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
  settings_from_json(info.tuning, manifest.value("tuning", json::object()), where);
  if (manifest.contains("from")) {
    info.from = manifest.at("from").at("model");
    info.from_digest = manifest.at("from").at("sha256");
  }
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
    if (manifest.at("test").contains("loss"))
      info.test_loss = manifest.at("test").at("loss").get<double>();
    info.test_images = manifest.at("test").at("images");
    info.test_left_out = manifest.at("test").value("left_out", int64_t{0});
  }
  if (static_cast<int>(info.classes.size()) != info.stack.classes ||
      std::ssize(info.normalization.mean) != info.stack.input.channels ||
      info.normalization.deviation.size() != info.normalization.mean.size())
    throw InputError(where + ": classes or normalisation do not fit the network");
  return info;
}

/// The averaged weights where there is an average, else the raw ones.
void read_weights(const fs::path& folder, network::Network& network) {
  network.set_tensors(
      read_saved(folder, ModelKind::kClassifier, {"ema", "weights"}, named_tensors(network)));
}

}  // namespace

void save_model(const fs::path& folder, const ModelInfo& info, const Training& training) {
  // A finished model's averaged weights take the place of the raw ones of its last checkpoint,
  // which nothing needs any more.
  std::vector<SavedTensors> saved = {{"weights",
                                      named_tensors(*training.network),
                                      {{"format", "pt"}, {"nasnet", info.genotype.name}}}};
  if (!info.finished) {
    const network::Learner& learner = training.trainer.learner();
    saved.push_back({"momentum", learner.optimizer_state()});
    if (info.training.ema > 0) saved.push_back({"ema", learner.average()});
    if (!training.best.empty()) saved.push_back({"best", training.named_best()});
  }
  json manifest = to_json(info);
  const BatchSplit& split = training.split;
  manifest["memory"] = {{"estimate", split.total()},
                        {"batch_parts", split.parts},
                        {"recomputed_cells", split.recomputed_cells},
                        {"cells", split.memory.recomputed.of}};
  write_model(folder, std::move(manifest), info.state.step, saved);
}

fs::path imported_weights(const fs::path& folder) {
  return folder / tensors_file("weights", 0);
}

void save_imported(const fs::path& folder, const ModelInfo& info) {
  json manifest = to_json(info);
  manifest["weights"] = imported_weights("").filename().string();
  write_manifest(folder, manifest);
}

ModelInfo load_model_info(const fs::path& folder) {
  const json manifest = read_manifest(folder, ModelKind::kClassifier);
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

void load_training(const fs::path& folder, const ModelInfo& info, Training& training) {
  const json manifest = read_manifest(folder, ModelKind::kClassifier);
  const auto read = [&](const char* key, const std::vector<network::NamedTensor>& wanted) {
    return network::read_tensors(file_of(folder, manifest, key), wanted);
  };
  network::Learner& learner = training.trainer.learner();
  std::vector<Tensor> average, best;
  if (info.training.ema > 0) average = read("ema", learner.average());
  if (info.tuning.hold_out > 0) best = read("best", training.named_best());
  const std::vector<Tensor> optimizer = read("momentum", learner.optimizer_state());
  training.network->set_tensors(read("weights", named_tensors(*training.network)));
  learner.set_state(optimizer, average);
  training.trainer.set_state(info.state);
  training.best = std::move(best);
}

}  // namespace nasnet::train
