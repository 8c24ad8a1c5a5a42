#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nasnet/data/dataset.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {

/// How a classifier's training ended, for --json.
nlohmann::ordered_json training_result(const train::ModelInfo& info, const std::string& folder,
                                       const data::DataSet& data);

/// The same for people, with the interval that the number of test images allows.
void print_training_result(const train::ModelInfo& info, const std::string& folder,
                           const data::DataSet& data);

/// The line of an epoch.
void print_epoch(const train::EpochRecord& record);

/// A folder named after the genotype, without blanks and without slashes, which would make a folder
/// within another.
std::string named_folder(const std::string& beginning, const space::Genotype& genotype);

}  // namespace nasnet::cli
