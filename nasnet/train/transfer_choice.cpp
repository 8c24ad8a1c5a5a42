#include "nasnet/train/transfer_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "nasnet/base/error.h"
#include "nasnet/base/quantity.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/network/network.h"

// Ladders from small to large. Speeds differ from machine to machine, so that the choice is stored
// by its caller: a training that is resumed must not choose anew.

namespace nasnet::train {
namespace {

using graph::StackKind;
using graph::StackSettings;

struct Rung {
  StackKind stack;
  int cells, filters, size;
};

/// Photos of any size: the stem of the ImageNet stacks halves a picture three times, so that it
/// wants 96 pixels or more.
constexpr Rung kPhotos[] = {{StackKind::kCifar, 1, 16, 32},   {StackKind::kCifar, 2, 16, 48},
                            {StackKind::kMobile, 1, 24, 96},  {StackKind::kMobile, 2, 32, 128},
                            {StackKind::kMobile, 3, 44, 160}, {StackKind::kMobile, 4, 44, 224}};
/// Small pictures keep their size; 0 stands for it.
constexpr Rung kSmallImages[] = {{StackKind::kCifar, 1, 8, 0},  {StackKind::kCifar, 1, 16, 0},
                                 {StackKind::kCifar, 2, 16, 0}, {StackKind::kCifar, 2, 24, 0},
                                 {StackKind::kCifar, 4, 32, 0}, {StackKind::kCifar, 6, 32, 0}};
/// Of this edge and more: half of it (-1) takes a quarter of the time, and shows enough to begin
/// with.
constexpr int kHalvedEdge = 48;
constexpr Rung kMediumImages[] = {{StackKind::kCifar, 1, 8, -1},  {StackKind::kCifar, 1, 16, -1},
                                  {StackKind::kCifar, 2, 16, -1}, {StackKind::kCifar, 2, 24, -1},
                                  {StackKind::kCifar, 2, 16, 0},  {StackKind::kCifar, 2, 24, 0},
                                  {StackKind::kCifar, 4, 32, 0},  {StackKind::kCifar, 6, 32, 0}};

struct Epochs {
  int enough, most;
};

std::vector<StackSettings> ladder(const TransferTask& task) {
  std::vector<StackSettings> all;
  const auto add = [&](StackSettings stack, int size) {
    stack.classes = task.classes;
    stack.input = {size, size, task.channels};
    all.push_back(stack);
  };
  if (task.source) {
    // Half, three quarters and all of the size that the weights were made for.
    const int size = task.source->input.height;
    for (const int quarters : {2, 3, 4})
      if (const int less = size * quarters / 4; less >= 32 || quarters == 4)
        add(*task.source, less);
    return all;
  }
  std::span<const Rung> rungs = kSmallImages;
  if (task.own_size == 0) rungs = kPhotos;
  if (task.own_size >= kHalvedEdge && !task.size_is_given) rungs = kMediumImages;
  for (const Rung& rung : rungs) {
    StackSettings stack = graph::stack_settings(rung.stack);
    stack.cells = rung.cells;
    stack.filters = rung.filters;
    add(stack, rung.size > 0 ? rung.size : rung.size < 0 ? task.own_size / 2 : task.own_size);
  }
  return all;
}

std::string describe(const StackSettings& stack) {
  return fmt::format("{} N={} F={} on {}x{} pixels", to_text(stack.stack), stack.cells,
                     stack.filters, stack.input.width, stack.input.height);
}

}  // namespace

TransferChoice choose_transfer(const TransferTask& task, const MeasurePace& measure) {
  const Epochs epochs = task.source ? Epochs{5, 30} : Epochs{30, 300};
  const std::vector<StackSettings> networks = ladder(task);
  const auto epoch_seconds = [&](const Pace& pace) {
    return static_cast<double>(task.images) * pace.step +
           static_cast<double>(task.held_out) * pace.inference;
  };
  const auto affordable = [&](const Pace& pace) {
    const double end = (static_cast<double>(task.tested) + kExportInferences) * pace.inference;
    return std::max(task.seconds - end, 0.0) / epoch_seconds(pace);
  };
  const auto multiply_adds = [&](const StackSettings& stack) {
    return static_cast<double>(graph::count(graph::build(task.genotype, stack)).multiply_adds);
  };
  TransferChoice choice;
  const auto consider = [&](const StackSettings& stack, const Pace& pace) {
    choice.stack = stack;
    choice.pace = pace;
    const double count = affordable(pace);
    choice.epochs = static_cast<int>(std::min<double>(count, epochs.most));
    choice.why.push_back(fmt::format("{}: {:.3g} images/s measured, {:.1f} epochs in {}",
                                     describe(stack), 1 / pace.step, count,
                                     format_seconds(task.seconds)));
  };
  const Pace smallest = measure(networks[0]);
  const double own = multiply_adds(networks[0]);
  bool measured = false;
  for (size_t i = networks.size(); i-- > 1;) {
    const double ratio = multiply_adds(networks[i]) / own;
    const double foretold = affordable({ratio * smallest.step, ratio * smallest.inference});
    if (foretold < epochs.enough) {
      // Of all that are too large the smallest one says enough.
      if (!measured) choice.why.clear();
      choice.why.push_back(fmt::format("{}: {:.1f} epochs by its multiply-adds, fewer than {}",
                                       describe(networks[i]), foretold, epochs.enough));
      continue;
    }
    measured = true;
    consider(networks[i], measure(networks[i]));
    if (choice.epochs >= epochs.enough) return choice;
  }
  consider(networks[0], smallest);
  if (choice.epochs < 1)
    throw InputError(fmt::format(
        "--time is too short: an epoch of the smallest network, {}, takes {} here; give more "
        "time, or fewer images (--limit-train)",
        describe(networks[0]), format_seconds(epoch_seconds(smallest))));
  if (choice.epochs < epochs.enough)
    choice.why.push_back(fmt::format(
        "fewer epochs than the {} that such a training wants: more --time makes a better network",
        epochs.enough));
  return choice;
}

Pace measure_pace(const space::Genotype& genotype, const graph::StackSettings& stack,
                  const TrainSettings& settings, const network::Computation& computation) {
  graph::StackSettings whole = stack;
  whole.auxiliary_head = settings.auxiliary_weight > 0;
  return measure_pace(*network::make_network(graph::build(genotype, whole), 1, computation),
                      settings.batch);
}

}  // namespace nasnet::train
