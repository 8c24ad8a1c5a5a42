#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/graph/count.h"
#include "nasnet/report/chart.h"
#include "nasnet/space/cell.h"

namespace nasnet::report {

/// The user's own network, to be shown among the published ones.
struct Measured {
  std::string label;
  graph::StackKind stack =
      graph::StackKind::kCifar;  ///< kCifar: by its error beside Table 1; else Tables 2 and 3
  graph::Counts counts;          ///< for one image
  double top1 = 0;               ///< % accuracy, measured by the user
};

/// The paper's Figure 5 and the same for CIFAR-10: ImageNet top-1 accuracy against multiply-adds
/// and against parameters (Tables 2 and 3), CIFAR-10 test error against parameters (Table 1).
/// NASNet's rows are coloured, NASNet-A's joined. Rows that later papers publish for `genotype`
/// (PNASNet, AmoebaNet) are added.
std::vector<Panel> published_panels(const space::Genotype& genotype,
                                    const std::optional<Measured>& measured);

}  // namespace nasnet::report
