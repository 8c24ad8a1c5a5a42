#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nasnet/detect/detector_model.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {

/// Says on standard error that the model's training is not finished, where it is not.
void say_unfinished(const train::ModelInfo& info, const std::string& folder);
void say_unfinished(const detect::DetectorInfo& info, const std::string& folder);

/// "finished" and "epoch": how far the model's training has come.
void add_state(nlohmann::ordered_json& result, const train::ModelInfo& info);
void add_state(nlohmann::ordered_json& result, const detect::DetectorInfo& info);

}  // namespace nasnet::cli
