#pragma once

#include <filesystem>
#include <string>

#include "cli/options.h"
#include "nasnet/exchange/onnx.h"

namespace nasnet::cli {

/// The settings of `nasnet export` that only a detector has.
struct DetectorExport {
  double score = 0.05;
};

template <class Visitor>
void visit_settings(Visitor& v, DetectorExport& s) {
  v.topic("Detectors");
  v("score", s.score, "the least score of the boxes that the file gives", Range{0, 1});
}

/// Writes the detector as ONNX, suppression included, and prints how the file agrees with it.
void export_detector(const std::string& model, const std::filesystem::path& file,
                     const DetectorExport& request, const exchange::OnnxOptions& options,
                     const Common& common);

}  // namespace nasnet::cli
