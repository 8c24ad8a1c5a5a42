#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/options.h"
#include "nasnet/detect/detector_settings.h"
#include "nasnet/exchange/onnx.h"

namespace nasnet::cli {

/// The settings of `nasnet export` that only a detector has.
struct DetectorExport {
  double score = 0.05;
  std::optional<detect::NmsClasses> nms_classes;
};

template <class Visitor>
void visit_settings(Visitor& v, DetectorExport& s) {
  v.topic("Detectors");
  v("score", s.score, "the least score of the boxes that the file gives", Range{0, 1});
  v("nms_classes", s.nms_classes,
    "better boxes that drop an overlapping one: those of its class (each), or of any (all); "
    "without it as the detector was trained for");
}

/// Writes the detector as ONNX, suppression included, and prints how the file agrees with it.
void export_detector(const std::string& model, const std::filesystem::path& file,
                     const DetectorExport& request, const exchange::OnnxOptions& options,
                     const Common& common);

}  // namespace nasnet::cli
