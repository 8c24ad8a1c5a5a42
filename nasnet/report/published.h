#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/space/cell.h"

namespace nasnet::report {

/// A row of a published table of results. Percentages are 0 and texts "" where nothing is printed.
struct PublishedRow {
  std::string table;  ///< "Table 1", "Table 2", "Table 3" of Zoph et al. 2018, or another paper
  std::string model;  ///< as printed
  int depth = 0;
  int input = 0;              ///< pixels a side
  std::string parameters;     ///< as printed: "5.3 M"
  std::string multiply_adds;  ///< as printed: "564 M", "23.8 B"
  double test_error = 0;      ///< % on CIFAR-10
  double top1 = 0, top5 = 0;  ///< % accuracy on ImageNet
  bool cutout = false;
  /// The named genotype and the stack that make this network; "" for networks that are no cells of
  /// ours.
  std::string genotype = {};
  graph::StackSettings stack = {};
  /// Why our counts may differ from the printed ones, as the verdict says it.
  std::string difference = {};

  /// One of NASNet's own.
  bool is_nasnet() const { return genotype.starts_with("nasnet"); }
};

/// Tables 1 (CIFAR-10), 2 (ImageNet) and 3 (ImageNet at constrained compute) of Zoph et al., CVPR
/// 2018, in their order, then rows of PNASNet (Liu et al. 2018) and AmoebaNet (Real et al. 2019).
const std::vector<PublishedRow>& published_rows();

/// The rows made of these cells, whatever the genotype is called.
std::vector<PublishedRow> published_rows(const space::Genotype& genotype);

/// A size as printed ("5.3 M", "1,448 M", "~5 M", "23.8 B") as a number. Throws InputError for any
/// other text.
double printed_value(std::string_view printed);

/// True if the count, rounded to the digits of the printed size, equals it.
bool rounds_to(int64_t count, std::string_view printed);

}  // namespace nasnet::report
