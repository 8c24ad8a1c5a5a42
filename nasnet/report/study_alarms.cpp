#include "nasnet/report/study_alarms.h"

#include <algorithm>

#include "nasnet/report/best_cells.h"
#include "nasnet/space/nasbench201.h"

namespace nasnet::report {
namespace {

/// The share of a genotype's operations that have no weights.
double weightless(const space::Genotype& genotype) {
  double all = 0, without = 0;
  for (const space::Cell* cell : {&genotype.normal, &genotype.reduction})
    for (const space::Block& block : cell->blocks)
      for (const space::Operation operation : {block.left_op, block.right_op}) {
        const auto family = space::info(operation).family;
        all += 1;
        without += family == space::OperationFamily::kIdentity ||
                   family == space::OperationFamily::kAvgPool ||
                   family == space::OperationFamily::kMaxPool;
      }
  return all > 0 ? without / all : 0;
}

/// The same of a cell of NAS-Bench-201.
double weightless(const space::Choices& choices) {
  using Cells = space::Nasbench201Space;
  const auto without = std::count_if(choices.begin(), choices.end(), [](int choice) {
    return choice != Cells::kConv1x1 && choice != Cells::kConv3x3;
  });
  return static_cast<double>(without) / static_cast<double>(choices.size());
}

}  // namespace

std::vector<search::Alarm> alarms_of(const space::SearchSpace& space,
                                     const search::StudyResult& result) {
  return search::alarms(result, [&](const space::Choices& choices) {
    const auto genotype = genotype_of(space, choices);
    return genotype ? weightless(*genotype) : weightless(choices);
  });
}

}  // namespace nasnet::report
