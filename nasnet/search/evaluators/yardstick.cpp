#include "nasnet/search/evaluators/yardstick.h"

#include <span>

#include "nasnet/base/error.h"
#include "nasnet/search/store/trial.h"

namespace nasnet::search {
namespace {

/// Far beyond any published cell.
constexpr int kMostBlocks = 1000;

void append(space::Choices& numbers, const space::Cell& cell) {
  numbers.insert(numbers.end(), {cell.inputs, cell.separate_outputs ? 1 : 0,
                                 static_cast<int>(cell.blocks.size())});
  for (const space::Block& block : cell.blocks)
    numbers.insert(numbers.end(),
                   {block.left, block.right, static_cast<int>(block.left_op),
                    static_cast<int>(block.right_op), static_cast<int>(block.combine)});
  numbers.push_back(static_cast<int>(cell.outputs.size()));
  numbers.insert(numbers.end(), cell.outputs.begin(), cell.outputs.end());
}

/// Reads numbers one by one, each within its bounds.
class NumberReader {
 public:
  explicit NumberReader(std::span<const int> numbers) : rest_(numbers) {}

  int next(int low, int high) {
    if (rest_.empty() || rest_[0] < low || rest_[0] > high)
      throw InputError("the study is damaged: a yardstick's numbers are no cells");
    const int number = rest_[0];
    rest_ = rest_.subspan(1);
    return number;
  }
  space::Cell cell() {
    space::Cell cell;
    cell.inputs = next(1, kMostBlocks);
    cell.separate_outputs = next(0, 1) == 1;
    cell.blocks.resize(static_cast<size_t>(next(1, kMostBlocks)));
    for (space::Block& block : cell.blocks) {
      block.left = next(0, 2 * kMostBlocks);
      block.right = next(0, 2 * kMostBlocks);
      block.left_op = static_cast<space::Operation>(next(0, space::kOperationCount - 1));
      block.right_op = static_cast<space::Operation>(next(0, space::kOperationCount - 1));
      block.combine = static_cast<space::Combine>(next(0, space::kCombineCount - 1));
    }
    cell.outputs.resize(static_cast<size_t>(next(1, kMostBlocks)));
    for (int& output : cell.outputs) output = next(0, 2 * kMostBlocks);
    return cell;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const int> rest_;
};

}  // namespace

space::Choices yardstick_choices(const space::Genotype& genotype) {
  space::Choices numbers;
  append(numbers, genotype.normal);
  append(numbers, genotype.reduction);
  return numbers;
}

space::Genotype yardstick_genotype(const space::Choices& choices) {
  NumberReader reader(choices);
  space::Genotype genotype;
  genotype.normal = reader.cell();
  genotype.reduction = reader.cell();
  if (!reader.at_end())
    throw InputError("the study is damaged: a yardstick has more numbers than cells");
  space::check(genotype);
  return genotype;
}

space::Genotype cells_of(const space::SearchSpace& space, const std::string& arm,
                         const space::Choices& choices) {
  return arm == kYardstickArm ? yardstick_genotype(choices) : space.genotype(choices).value();
}

}  // namespace nasnet::search
