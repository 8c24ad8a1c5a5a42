#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/data/preparation.h"
#include "nasnet/graph/graph.h"
#include "nasnet/space/cell.h"

namespace nasnet::cli {

/// The training that `nasnet transfer` has chosen. It lies in the model's folder before anything is
/// trained, so that a resumed one goes on with it.
struct TransferPlan {
  space::Genotype genotype;
  graph::StackSettings stack;  ///< with the edge of the images
  data::Preparation preparation;
  int epochs = 0;
  double hold_out = 0;
  std::string from;              ///< folder of the model whose weights are taken, or ""
  std::vector<std::string> why;  ///< see train::TransferChoice
};

bool has_plan(const std::filesystem::path& folder);
/// Throws SystemError where it cannot be written.
void save_plan(const std::filesystem::path& folder, const TransferPlan& plan);
/// Throws InputError where it is damaged.
TransferPlan load_plan(const std::filesystem::path& folder);

}  // namespace nasnet::cli
