#include "nasnet/space/genotypes.h"

#include <fmt/format.h>

#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/space/json.h"

// The published cells, as their papers' figures and released code have them. Where the two differ
// the form whose sizes and weights were published goes by the plain name.

namespace nasnet::space {
namespace {

// Short names, so that a cell can be read beside its table in the literature.
constexpr Operation kId = Operation::kIdentity;
constexpr Operation kAvg3 = Operation::kAvgPool3x3;
constexpr Operation kMax2 = Operation::kMaxPool2x2;
constexpr Operation kMax3 = Operation::kMaxPool3x3;
constexpr Operation kMax5 = Operation::kMaxPool5x5;
constexpr Operation kSep3 = Operation::kSepConv3x3;
constexpr Operation kSep5 = Operation::kSepConv5x5;
constexpr Operation kSep7 = Operation::kSepConv7x7;
constexpr Operation k1x1 = Operation::kConv1x1;
constexpr Operation k3x3 = Operation::kConv3x3;
constexpr Operation k1x3 = Operation::kConv1x3_3x1;
constexpr Operation k1x7 = Operation::kConv1x7_7x1;
constexpr Operation kDil3 = Operation::kDilatedSepConv3x3;
constexpr Operation kDil5 = Operation::kDilatedSepConv5x5;
constexpr Combine kAdd = Combine::kAdd;
constexpr Combine kConcat = Combine::kConcat;
constexpr Combine kLnAdd = Combine::kLayerNormAdd;
constexpr Combine kInAdd = Combine::kInstanceNormAdd;

/// `left_op(left) combine right_op(right)`. States as in Cell: 0 = h, 1 = p, then the blocks.
Block block(Operation left_op, int left, Operation right_op, int right, Combine combine = kAdd) {
  return {left, right, left_op, right_op, combine};
}

/// A cell that concatenates the states that no block reads.
Cell cell(std::vector<Block> blocks) {
  Cell cell{.inputs = 2, .blocks = std::move(blocks), .outputs = {}, .separate_outputs = false};
  cell.outputs = unused_states(cell);
  return cell;
}

Cell cell(std::vector<Block> blocks, std::vector<int> outputs) {
  return {2, std::move(blocks), std::move(outputs), false};
}

// --- NASNet (Zoph et al. 2018), figures 4, 8 and 9 ---

Cell nasnet_a_normal() {
  return cell({block(kSep5, 0, kSep3, 1), block(kSep5, 1, kSep3, 1), block(kAvg3, 0, kId, 1),
               block(kAvg3, 1, kAvg3, 1), block(kSep3, 0, kId, 0)});
}

Cell nasnet_a_reduction() {
  return cell({block(kSep5, 0, kSep7, 1), block(kMax3, 0, kSep7, 1), block(kAvg3, 0, kSep5, 1),
               block(kId, 3, kAvg3, 2), block(kSep3, 2, kMax3, 0)});
}

/// The released code concatenates p in the normal cell and block 1 in the reduction cell besides;
/// the published sizes and weights are of this form.
Genotype nasnet_a(std::string name) {
  Genotype genotype{std::move(name), nasnet_a_normal(), nasnet_a_reduction()};
  genotype.normal.outputs = {1, 2, 3, 4, 5, 6};
  genotype.reduction.outputs = {3, 4, 5, 6};
  return genotype;
}

Genotype nasnet_a_paper(std::string name) {
  return {std::move(name), nasnet_a_normal(), nasnet_a_reduction()};
}

/// Four inputs h0..h3 (states 0..3), four outputs passed on one by one (appendix B).
Genotype nasnet_b(std::string name) {
  const Cell normal{4,
                    {block(kSep5, 1, kId, 2, kLnAdd), block(kSep5, 0, kSep3, 3, kLnAdd),
                     block(kSep3, 1, kId, 3, kLnAdd), block(kId, 0, kSep3, 1, kLnAdd)},
                    {4, 5, 6, 7},
                    true};
  const Cell reduction{4,
                       {block(kSep3, 0, kSep3, 1, kLnAdd), block(kSep3, 1, kId, 3, kLnAdd),
                        block(kId, 2, kAvg3, 3), block(kAvg3, 0, k1x3, 4)},
                       {4, 5, 6, 7},
                       true};
  return {std::move(name), normal, reduction};
}

Genotype nasnet_c(std::string name) {
  return {std::move(name),
          cell({block(kSep3, 0, kSep5, 0), block(kSep3, 0, kSep3, 1, kInAdd),
                block(kSep3, 0, kSep3, 1, kConcat), block(kSep3, 1, k1x3, 1, kLnAdd)}),
          cell({block(kMax3, 0, kMax3, 0, kConcat), block(k1x7, 0, kMax3, 1, kLnAdd),
                block(kMax3, 0, kMax3, 1, kInAdd), block(kSep7, 1, kMax5, 1, kLnAdd)})};
}

// --- AmoebaNet (Real et al. 2019), as released ---

Genotype amoebanet_a(std::string name) {
  return {std::move(name),
          cell({block(kAvg3, 0, kMax3, 0), block(kSep3, 1, kId, 1), block(kId, 0, kAvg3, 1),
                block(kSep3, 0, kSep5, 2), block(kAvg3, 5, kSep3, 0)},
               {1, 3, 4, 6}),
          cell({block(kSep3, 1, kAvg3, 0), block(kMax3, 0, kSep7, 2), block(kMax3, 1, kMax3, 0),
                block(kSep3, 4, k1x7, 0), block(kAvg3, 1, kSep7, 0)},
               {2, 3, 4, 5, 6})};
}

Genotype amoebanet_b(std::string name) {
  return {std::move(name),
          cell({block(k1x1, 1, kMax3, 1), block(kId, 1, kSep3, 0), block(k1x1, 1, kSep3, 0),
                block(k1x1, 2, kId, 2), block(kAvg3, 1, k1x1, 5)},
               {0, 3, 4, 6}),
          cell({block(kMax2, 0, kMax3, 0), block(kId, 2, k3x3, 1), block(kDil5, 2, kMax3, 2),
                block(kId, 3, kSep3, 1), block(kAvg3, 4, k1x1, 3)},
               {5, 6})};
}

Genotype amoebanet_c(std::string name) {
  return {std::move(name),
          cell({block(kAvg3, 0, kSep3, 0), block(kId, 0, kSep3, 0), block(kAvg3, 2, kSep3, 1),
                block(kId, 0, kSep3, 1), block(kAvg3, 3, kSep3, 0)},
               {1, 2, 4, 5, 6}),
          cell({block(kMax3, 0, kMax3, 0), block(kSep7, 2, kSep3, 0), block(kSep7, 0, kMax3, 1),
                block(kSep5, 4, kSep5, 4), block(kMax3, 1, kSep3, 1)},
               {0, 2, 3, 4, 5, 6})};
}

Genotype amoebanet_d(std::string name) {
  return {std::move(name),
          cell({block(k1x1, 1, kMax3, 1), block(kId, 1, k1x7, 0), block(k1x1, 0, k1x7, 0),
                block(kMax3, 2, kId, 2), block(kAvg3, 1, k1x1, 5)},
               {0, 3, 4, 6}),
          cell({block(kMax2, 0, kMax3, 0), block(kId, 2, k3x3, 1), block(k1x7, 2, kMax3, 2),
                block(kId, 3, kMax2, 1), block(kAvg3, 2, k1x1, 3)},
               {4, 5, 6})};
}

// --- ENAS (Pham et al. 2018), DARTS (Liu et al. 2019): their 0 is our p, their 1 our h ---

Genotype enas(std::string name) {
  return {std::move(name),
          cell({block(kAvg3, 1, kSep3, 1), block(kId, 1, kSep5, 1), block(kId, 1, kSep5, 0),
                block(kSep3, 0, kSep5, 1), block(kAvg3, 1, kSep5, 0)}),
          cell({block(kSep3, 0, kSep3, 0), block(kMax3, 1, kAvg3, 1), block(kSep5, 0, kSep5, 3),
                block(kSep3, 0, kId, 1), block(kMax3, 1, kSep5, 0)})};
}

Genotype darts_v2(std::string name) {
  return {std::move(name),
          cell({block(kSep3, 1, kSep3, 0), block(kSep3, 1, kSep3, 0), block(kSep3, 0, kId, 1),
                block(kId, 1, kDil3, 2)},
               {2, 3, 4, 5}),
          cell({block(kMax3, 1, kMax3, 0), block(kId, 2, kMax3, 0), block(kMax3, 1, kId, 2),
                block(kId, 2, kMax3, 0)},
               {2, 3, 4, 5})};
}

// --- PNASNet-5 (Liu et al. 2018): one cell, with stride 1 and 2 ---

Genotype pnasnet_5(std::string name) {
  const Cell both =
      cell({block(kSep5, 1, kMax3, 1), block(kSep7, 0, kMax3, 0), block(kSep5, 0, kSep3, 0),
            block(kSep3, 4, kMax3, 0), block(kSep3, 1, kId, 0)},
           {2, 3, 4, 5, 6});
  return {std::move(name), both, both};
}

/// A function instead of a value: cells are made when they are asked for.
struct Named {
  const char* name;
  Genotype (*make)(std::string name);
};

constexpr Named kGenotypes[] = {
    {"nasnet-a", nasnet_a},       {"nasnet-a-paper", nasnet_a_paper}, {"nasnet-b", nasnet_b},
    {"nasnet-c", nasnet_c},       {"amoebanet-a", amoebanet_a},       {"amoebanet-b", amoebanet_b},
    {"amoebanet-c", amoebanet_c}, {"amoebanet-d", amoebanet_d},       {"enas", enas},
    {"darts-v2", darts_v2},       {"pnasnet-5", pnasnet_5},
};

}  // namespace

std::vector<std::string> genotype_names() {
  std::vector<std::string> names;
  for (const Named& named : kGenotypes) names.emplace_back(named.name);
  return names;
}

Genotype named_genotype(std::string_view name) {
  for (const Named& named : kGenotypes)
    if (name == named.name) return named.make(named.name);
  throw InputError(
      fmt::format("unknown genotype '{}'{}", name, suggestion(name, genotype_names())));
}

Genotype load_genotype(const std::string& name_or_file) {
  // A known name wins over a file of the same name, which ./NAME still reaches.
  for (const std::string& name : genotype_names())
    if (name == name_or_file) return named_genotype(name);
  const bool names_file = name_or_file.find('/') != std::string::npos ||
                          name_or_file.ends_with(".json") || std::filesystem::exists(name_or_file);
  // Neither a name nor a file: the error suggests a name rather than say that a file is missing.
  if (!names_file) return named_genotype(name_or_file);
  return parse_genotype(read_file(name_or_file, kLargestGenotypeFile), name_or_file);
}

}  // namespace nasnet::space
