#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/options.h"
#include "nasnet/detect/detector_design.h"
#include "nasnet/detect/detector_trainer.h"
#include "nasnet/train/settings.h"

namespace nasnet::cli {

/// The settings of `nasnet train` where its data has boxes.
struct DetectorFlags {
  std::string preset = "none";
  std::string from;
  detect::DetectorDesign design;
  detect::DetectorTraining training;
  network::Kernels kernels = network::Kernels::kFused;
  network::Precision precision = network::Precision::kFloat32;
  boxes::BoxSettings boxes;
};

template <class Visitor>
void visit_settings(Visitor& v, DetectorFlags& s) {
  visit_settings(v, s.design);
  v("preset", s.preset,
    "'paper': the published detector's values for all settings that are not given; a large network "
    "for large machines",
    Range{.one_of = {"none", "paper"}});
  v("from", s.from,
    "begin with the weights of this classifier, trained or imported: its genotype and stack are "
    "the "
    "detector's then")
      .as("FOLDER")
      .everyone_needs_it();
  visit_settings(v, s.training);
  train::visit_computation(v, s.kernels, s.precision);
  visit_settings(v, s.boxes);
}

/// Settings of `nasnet train` that both of its works have.
struct TrainingPlace {
  std::string genotype;  ///< "" with --from
  std::filesystem::path folder;
  bool resume = false;
  std::string tensorboard = {};  ///< folder of event files; "" for none
};

/// Trains a detector on the set and prints the result. Of the classifier of --from, `options`
/// adopts genotype and stack. Throws as detect::fit_detector() does, and InputError for settings
/// that are not a detector's.
void train_detector(Options& options, DetectorFlags& flags, const TrainingPlace& place,
                    const boxes::DetectionSet& set, bool skip_unreadable, const Common& common);

}  // namespace nasnet::cli
