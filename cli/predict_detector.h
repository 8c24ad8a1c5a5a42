#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "nasnet/data/image_tree.h"
#include "nasnet/detect/detector_settings.h"

namespace nasnet::cli {

/// The settings of `nasnet predict` where the model is a detector.
struct DetectorPrediction {
  double score = 0.5;
  std::optional<detect::NmsClasses> nms_classes;
  std::string draw;
  std::string results;
};

template <class Visitor>
void visit_settings(Visitor& v, DetectorPrediction& s) {
  v.topic("Detectors");
  v("score", s.score, "the least score of a box that is shown", Range{0, 1});
  v("nms_classes", s.nms_classes,
    "better boxes that drop an overlapping one: those of its class (each), or of any (all); "
    "without it as the detector was trained for");
  v("draw", s.draw, "write pictures (PNG) with the boxes drawn here").as("FOLDER");
  v("results", s.results,
    "write the boxes as COCO's results (JSON); images are numbered from 1, with their file_name")
      .as("FILE");
}

/// Finds objects in the pictures, as text, JSON, files of results and pictures. Throws InputError
/// for a picture that cannot be read.
void predict_objects(const std::string& model, const DetectorPrediction& prediction,
                     const data::ImageTree& pictures, bool skip_unreadable,
                     network::Precision precision, const Common& common);

}  // namespace nasnet::cli
