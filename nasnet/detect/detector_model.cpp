#include "nasnet/detect/detector_model.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/space/json.h"
#include "nasnet/train/model_folder.h"

// A detector's manifest, in JSON, whose strings come from outside and are checked.

namespace nasnet::detect {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using train::ModelKind;

json to_json(const DetectorInfo& info) {
  json categories = json::array();
  for (const boxes::Category& category : info.categories)
    categories.push_back({{"id", category.id}, {"name", category.name}});
  json manifest = train::begin_manifest(ModelKind::kDetector);
  manifest.update(
      json{{"genotype", space::genotype_to_json(info.genotype)},
           {"design", settings_to_json(info.design)},
           {"pooling", to_text(info.pooling)},
           {"categories", categories},
           {"normalization",
            {{"mean", info.normalization.mean}, {"deviation", info.normalization.deviation}}},
           {"seed", info.seed},
           {"training", settings_to_json(info.training)},
           {"kernels", to_text(info.kernels)},
           {"precision", to_text(info.precision)},
           {"started_from", info.started_from},
           {"data", {{"source", info.data_source}, {"digest", info.data_digest}}},
           {"state", state_to_json(info.state)},
           {"finished", info.finished}});
  if (info.test)
    manifest["test"] = {
        {"split", info.test_split}, {"images", info.test_images}, {"numbers", info.test->all()}};
  return manifest;
}

DetectorInfo from_json(const json& manifest, const std::string& where) {
  DetectorInfo info;
  info.genotype = space::genotype_from_json(manifest.at("genotype"), where);
  settings_from_json(info.design, manifest.at("design"), where);
  info.pooling = train::read_enum<graph::Pooling>(manifest.at("pooling"), "pooling", where);
  for (const json& category : manifest.at("categories"))
    info.categories.push_back({category.at("id"), category.at("name")});
  info.normalization.mean = manifest.at("normalization").at("mean").get<std::vector<double>>();
  info.normalization.deviation =
      manifest.at("normalization").at("deviation").get<std::vector<double>>();
  info.seed = manifest.at("seed");
  settings_from_json(info.training, manifest.at("training"), where);
  if (manifest.contains("kernels"))
    info.kernels = train::read_enum<network::Kernels>(manifest.at("kernels"), "kernels", where);
  info.precision =
      train::read_enum<network::Precision>(manifest.at("precision"), "precision", where);
  info.started_from = manifest.at("started_from");
  info.data_source = manifest.at("data").at("source");
  info.data_digest = manifest.at("data").at("digest");
  info.state = state_from_json(manifest.at("state"));
  info.finished = manifest.at("finished");
  if (manifest.contains("test")) {
    info.test_split = manifest.at("test").at("split");
    info.test_images = manifest.at("test").at("images");
    info.test.emplace(
        boxes::CocoNumbers::of(manifest.at("test").at("numbers").get<std::array<double, 12>>()));
  }
  if (info.categories.empty() || info.normalization.mean.size() != 3 ||
      info.normalization.deviation.size() != 3)
    throw InputError(where + " is damaged: categories or normalisation");
  return info;
}

}  // namespace

json training_settings(const DetectorInfo& info) {
  json settings = settings_to_json(info.design);
  settings.update(settings_to_json(info.training));
  settings.update({{"kernels", to_text(info.kernels)},
                   {"precision", to_text(info.precision)},
                   {"seed", info.seed}});
  return settings;
}

nlohmann::ordered_json numbers_to_json(const boxes::CocoNumbers& numbers) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (size_t k = 0; k < numbers.all().size(); ++k) {
    const double value = numbers.all()[k];
    object[boxes::coco_number_names()[k].key] =
        value < 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
  }
  return object;
}

void save_detector(const fs::path& folder, const DetectorInfo& info, const Detector& detector,
                   const DetectorTrainer& trainer) {
  std::vector<train::SavedTensors> saved = {
      {"weights", detector.named_tensors(), {{"format", "pt"}, {"nasnet", info.genotype.name}}}};
  if (!info.finished) saved.push_back({"momentum", trainer.optimizer_state()});
  train::write_model(folder, to_json(info), info.state.step, saved);
}

DetectorInfo load_detector_info(const fs::path& folder) {
  const json manifest = train::read_manifest(folder, ModelKind::kDetector);
  const std::string where = (folder / "manifest.json").string();
  try {
    return from_json(manifest, where);
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{} is damaged: {}", where, error.what()));
  }
}

std::unique_ptr<Detector> load_detector(const fs::path& folder, const DetectorInfo& info,
                                        double score, const network::Computation& computation) {
  auto detector = make_detector(info.genotype, info.design, info.pooling,
                                static_cast<int>(info.categories.size()), info.training.batch_norm,
                                score, computation, info.seed);
  detector->set_tensors(
      train::read_saved(folder, ModelKind::kDetector, {"weights"}, detector->named_tensors()));
  return detector;
}

void load_training(const fs::path& folder, const DetectorInfo& info, Detector& detector,
                   DetectorTrainer& trainer) {
  const auto read = [&](const char* key, const std::vector<network::NamedTensor>& wanted) {
    return train::read_saved(folder, ModelKind::kDetector, {key}, wanted);
  };
  const std::vector<Tensor> optimizer = read("momentum", trainer.optimizer_state());
  detector.set_tensors(read("weights", detector.named_tensors()));
  trainer.set_state(info.state, optimizer);
}

}  // namespace nasnet::detect
