#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/boxes/coco_metric.h"
#include "nasnet/detect/detector_design.h"
#include "nasnet/detect/detector_trainer.h"
#include "nasnet/network/computation.h"

namespace nasnet::detect {

/// Everything about a trained detector but its tensors; manifest.json of its folder holds it
/// (train/model_folder.h).
struct DetectorInfo {
  space::Genotype genotype;
  DetectorDesign design;
  graph::Pooling pooling = graph::Pooling::kSlim;
  std::vector<boxes::Category> categories;  ///< with the ids that results are written with
  data::Normalization normalization;
  uint64_t seed = 0;
  DetectorTraining training;
  network::Kernels kernels = network::Kernels::kFused;
  network::Precision precision = network::Precision::kFloat32;
  std::string started_from;  ///< folder of the classifier that its backbone comes from; "" if none
  std::string data_source, data_digest;  ///< the set, and digest_of() its training images
  DetectorState state;                   ///< progress of the training at this save
  bool finished = false;
  std::optional<boxes::CocoNumbers> test;  ///< on `test_split`; none before it is measured
  std::string test_split;
  int64_t test_images = 0;
};

/// The settings that a detector's training depends on, as `nasnet train` names them.
nlohmann::json training_settings(const DetectorInfo& info);

/// The twelve numbers under their keys; null where no object counts.
nlohmann::ordered_json numbers_to_json(const boxes::CocoNumbers& numbers);

/// Saves the detector and, until it is finished, its optimizer's state. Throws as
/// train::write_model() does.
void save_detector(const std::filesystem::path& folder, const DetectorInfo& info,
                   const Detector& detector, const DetectorTrainer& trainer);

/// Reads the manifest. Throws InputError where the folder is no detector's, or damaged.
DetectorInfo load_detector_info(const std::filesystem::path& folder);

/// The detector with its weights, which gives detections with a score above `score`. Throws
/// InputError where they do not fit.
std::unique_ptr<Detector> load_detector(const std::filesystem::path& folder,
                                        const DetectorInfo& info, double score,
                                        const network::Computation& computation);

/// Restores an unfinished training to the step at which it was saved. Throws InputError where a
/// file does not fit.
void load_training(const std::filesystem::path& folder, const DetectorInfo& info,
                   Detector& detector, DetectorTrainer& trainer);

}  // namespace nasnet::detect
