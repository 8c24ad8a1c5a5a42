#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/export_detector.h"
#include "cli/other_kind.h"
#include "cli/program.h"
#include "cli/unfinished.h"
#include "cli/verb.h"
#include "nasnet/base/names.h"
#include "nasnet/train/export.h"

// `nasnet export`: writes ONNX by train::export_model(), which compares the file's logits with the
// network's before it keeps the file, and reports how well they agree. Detectors:
// export_detector.cpp.

namespace nasnet::cli {
namespace {

struct Export {
  std::string model;
  std::string onnx;
  int opset = 17;
  bool fold = false;
  bool fixed_size = false;
  DetectorExport detector;  // settings of its own: see Options
};

template <class Visitor>
void visit_settings(Visitor& v, Export& s) {
  v("onnx", s.onnx, "the file to write; default: MODEL/model.onnx").as("FILE");
  v("opset", s.opset, "version of ONNX's operators",
    Range{exchange::kOldestOpset, exchange::kNewestOpset});
  v("fold", s.fold, "multiply batch normalisation into the convolutions");
  v("fixed_size", s.fixed_size,
    "take images of the model's own size alone, for programs without SAME_UPPER padding");
}

void export_classifier(const Export& request, const std::filesystem::path& file,
                       const exchange::OnnxOptions& options, const Common& common) {
  const train::ModelInfo info = train::load_model_info(request.model);
  say_unfinished(info, request.model);
  const train::Exported exported =
      train::export_model(request.model, info, file, options, common.threads);

  if (common.json) {
    nlohmann::ordered_json result = {{"file", printable(file.string())},
                                     {"opset", request.opset},
                                     {"folded", request.fold},
                                     {"bytes", exported.bytes},
                                     {"nodes", exported.nodes},
                                     {"difference", exported.difference},
                                     {"largest_logit", exported.largest_logit},
                                     {"smallest_size", exported.smallest_size}};
    add_state(result, info);
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}: opset {}, {} nodes, {:.1f} MB\n", file.string(), request.opset, exported.nodes,
             static_cast<double>(exported.bytes) / 1e6);
  fmt::print(
      "logits agree with the network within {:.1e} (largest logit {:.3g}) on {} random images\n",
      exported.difference, exported.largest_logit, train::kExportImages);
  if (request.fixed_size) {
    fmt::print("takes images of {}x{}\n", info.stack.input.width, info.stack.input.height);
  } else {
    fmt::print("takes images of {0}x{0} and larger, made for {1}x{2}\n", exported.smallest_size,
               info.stack.input.width, info.stack.input.height);
  }
}

void run(const Options& options, Export& request, const Common& common) {
  const std::filesystem::path file = request.onnx.empty()
                                         ? request.model / std::filesystem::path("model.onnx")
                                         : std::filesystem::path(request.onnx);
  const exchange::OnnxOptions onnx = {request.opset, request.fold, request.fixed_size};
  if (train::model_kind(request.model) == train::ModelKind::kDetector)
    return export_detector(request.model, file, request.detector, onnx, common);
  options.take_only(names_of_settings(request), for_detectors(request.model));
  export_classifier(request, file, onnx, common);
}

}  // namespace

void add_export(Program& program) {
  Options& options =
      program.add("export", "Write a model as ONNX, checked against the network before it is kept");
  const auto request = std::make_shared<Export>();
  options.argument("model", request->model, "folder of the model");
  options.add(*request);
  options.add(request->detector);
  options.example("nasnet export my-model --onnx my-model.onnx");
  options.run([request, &options](const Common& common) { run(options, *request, common); });
}

}  // namespace nasnet::cli
