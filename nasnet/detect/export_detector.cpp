// A detector's export is checked before it is kept, as a classifier's is (train/export.h): the
// bytes that were written are read again and run by an evaluator that shares no code with kernels
// or boxes.

#include "nasnet/detect/export_detector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nasnet/version.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/detect/compare_onnx.h"

namespace nasnet::detect {
namespace {

/// Of values of networks, as a share; of boxes in pixels, and of scores.
constexpr double kNetworkTolerance = 1e-4, kBoxTolerance = 1e-2, kScoreTolerance = 1e-4;

std::map<std::string, std::string> metadata_of(const DetectorFacts& facts) {
  const nlohmann::json classes = facts.classes, categories = facts.categories;
  return {{"genotype", facts.genotype},
          {"mean", fmt::format("{}", fmt::join(facts.normalization.mean, ","))},
          {"deviation", fmt::format("{}", fmt::join(facts.normalization.deviation, ","))},
          {"shortest_edge", std::to_string(facts.resize.shortest)},
          {"longest_edge", std::to_string(facts.resize.longest)},
          {"classes", classes.dump(-1, ' ', true)},
          {"categories", categories.dump()}};
}

/// A picture that the file is tried on.
struct Trial {
  data::ImageSize size;
  bool noise = true;  ///< else of one colour
};

/// Small ones, for the evaluator's plain loops: of noise, with edges that are and are not multiples
/// of a canvas's, and an empty one.
std::vector<Trial> trials(const Detector& detector, const exchange::OnnxOptions& options,
                          const data::ImageSize& image) {
  if (options.fixed_size) return {{image}};
  // A head that is a network of its own costs a thousand times as much a region: fewer regions.
  if (detector.head().rows == 1) return {{{32, 40}}, {{45, 32}}, {{30, 30}, false}};
  return {{{64, 90}}, {{93, 70}}, {{50, 61}, false}};
}

void demand_agreement(const OnnxComparison& compared, const std::string& file,
                      const data::ImageSize& size) {
  const auto demand = [&](double difference, double allowed, const char* of) {
    if (difference <= allowed) return;
    throw Error(fmt::format(
        "{} was not written: {} of an image of {}x{} differ from the detector's by {:.3g}, of "
        "which {:.0e} is allowed; please report this with the model",
        file, of, size.width, size.height, difference, allowed));
  };
  demand(compared.network, kNetworkTolerance, "its networks' values");
  demand(compared.region, kBoxTolerance, "its proposals");
  demand(compared.box, kBoxTolerance, "its boxes");
  demand(compared.score, kScoreTolerance, "its scores");
}

}  // namespace

ExportedDetector export_detector(Detector& detector, const DetectorFacts& facts,
                                 const std::filesystem::path& file,
                                 const exchange::OnnxOptions& options,
                                 const data::ImageSize& image) {
  DetectorOnnx onnx = make_detector_onnx(detector, options, image);
  onnx.model.producer_version = NASNET_VERSION;
  onnx.model.metadata = metadata_of(facts);
  const std::string bytes = exchange::write_onnx(onnx.model);
  onnx.model = exchange::read_onnx(bytes, file.string());
  ExportedDetector exported{std::ssize(bytes), std::ssize(onnx.model.nodes)};
  for (const Trial& trial : trials(detector, options, image)) {
    const OnnxComparison compared = compare(detector, onnx, trial.size, trial.noise);
    demand_agreement(compared, file.string(), trial.size);
    exported.regions += compared.regions;
    exported.detections += compared.detections;
    exported.box_difference = std::max({exported.box_difference, compared.region, compared.box});
    exported.score_difference = std::max(exported.score_difference, compared.score);
  }
  write_file(file, bytes);
  return exported;
}

}  // namespace nasnet::detect
