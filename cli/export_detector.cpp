#include "cli/export_detector.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/unfinished.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/detect/detector_model.h"
#include "nasnet/detect/export_detector.h"
#include "nasnet/train/model_folder.h"

// `nasnet export` of a detector: detect::export_detector() checks the file before it is kept.

namespace nasnet::cli {

void export_detector(const std::string& model, const std::filesystem::path& file,
                     const DetectorExport& request, const exchange::OnnxOptions& options,
                     const Common& common) {
  detect::DetectorInfo info = detect::load_detector_info(model);
  say_unfinished(info, model);
  info.design.nms_classes = request.nms_classes.value_or(info.design.nms_classes);
  const auto detector =
      detect::load_detector(model, info, request.score, {.threads = common.threads});
  detect::DetectorFacts facts{.normalization = info.normalization,
                              .resize = resize_of(info.design),
                              .genotype = info.genotype.name};
  for (const boxes::Category& category : info.categories) {
    facts.classes.push_back(category.name);
    facts.categories.push_back(category.id);
  }
  const data::ImageSize size = {facts.resize.shortest, facts.resize.longest};
  const detect::ExportedDetector exported =
      detect::export_detector(*detector, facts, file, options, size);
  train::record_export(
      model, {printable(file.string()), options.opset, options.fold_batch_norm,
              exported.box_difference, digest(read_file(file, size_t{4} << 30), "sha256")});
  if (common.json) {
    nlohmann::ordered_json result = {{"file", printable(file.string())},
                                     {"opset", options.opset},
                                     {"folded", options.fold_batch_norm},
                                     {"bytes", exported.bytes},
                                     {"nodes", exported.nodes},
                                     {"regions", exported.regions},
                                     {"detections", exported.detections},
                                     {"box_difference", exported.box_difference},
                                     {"score_difference", exported.score_difference}};
    add_state(result, info);
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}: opset {}, {} nodes, {:.1f} MB\n", file.string(), options.opset, exported.nodes,
             static_cast<double>(exported.bytes) / 1e6);
  fmt::print(
      "boxes agree with the detector within {:.1e} pixels, probabilities within {:.1e}, on {} "
      "regions of random pictures\n",
      exported.box_difference, exported.score_difference, exported.regions);
  if (options.fixed_size)
    fmt::print("takes pictures of {}x{}", size.width, size.height);
  else
    fmt::print("takes pictures of any size, best {} pixels on the shorter edge", size.height);
  fmt::print(", normalised as its metadata say; gives boxes, scores from {} on, labels\n",
             request.score);
}

}  // namespace nasnet::cli
