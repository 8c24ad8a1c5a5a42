#include "nasnet/train/transfer_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/network/network.h"
#include "nasnet/train/trainer.h"

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
  for (const Rung& rung : task.own_size > 0 ? std::span<const Rung>(kSmallImages) : kPhotos) {
    StackSettings stack = graph::stack_settings(rung.stack);
    stack.cells = rung.cells;
    stack.filters = rung.filters;
    add(stack, rung.size > 0 ? rung.size : task.own_size);
  }
  return all;
}

std::string describe(const StackSettings& stack) {
  return fmt::format("{} N={} F={} on {}x{} pixels", to_text(stack.stack), stack.cells,
                     stack.filters, stack.input.width, stack.input.height);
}

}  // namespace

TransferChoice choose_transfer(const TransferTask& task, const MeasureStep& measure) {
  const Epochs epochs = task.source ? Epochs{5, 30} : Epochs{30, 300};
  const std::vector<StackSettings> networks = ladder(task);
  const auto affordable = [&](double seconds_per_image) {
    return task.seconds / (seconds_per_image * static_cast<double>(task.images));
  };
  const auto multiply_adds = [&](const StackSettings& stack) {
    return static_cast<double>(graph::count(graph::build(task.genotype, stack)).multiply_adds);
  };
  TransferChoice choice;
  const auto consider = [&](const StackSettings& stack, double seconds_per_image) {
    choice.stack = stack;
    choice.seconds_per_image = seconds_per_image;
    const double count = affordable(seconds_per_image);
    choice.epochs = static_cast<int>(std::min<double>(count, epochs.most));
    choice.why.push_back(fmt::format("{}: {:.3g} images/s measured, {:.1f} epochs in {:.0f} s",
                                     describe(stack), 1 / seconds_per_image, count, task.seconds));
  };
  const double smallest = measure(networks[0]);
  const double per_multiply_add = smallest / multiply_adds(networks[0]);
  for (size_t i = networks.size(); i-- > 1;) {
    const double foretold = affordable(per_multiply_add * multiply_adds(networks[i]));
    if (foretold < epochs.enough) {
      choice.why.push_back(fmt::format("{}: {:.1f} epochs by its multiply-adds, fewer than {}",
                                       describe(networks[i]), foretold, epochs.enough));
      continue;
    }
    consider(networks[i], measure(networks[i]));
    if (choice.epochs >= epochs.enough) return choice;
  }
  consider(networks[0], smallest);
  if (choice.epochs < 1)
    throw InputError(fmt::format(
        "--time is too short: an epoch of the smallest network, {}, takes {:.0f} s here; give more "
        "time, or fewer images (--limit-train)",
        describe(networks[0]), smallest * static_cast<double>(task.images)));
  return choice;
}

double measure_step(const space::Genotype& genotype, const graph::StackSettings& stack,
                    const TrainSettings& settings, const network::Computation& computation) {
  graph::StackSettings whole = stack;
  whole.auxiliary_head = settings.auxiliary_weight > 0;
  const auto network = network::make_network(graph::build(genotype, whole), 1, computation);
  const auto learner = network->learn(learning_rule(settings, {}, network->graph()));
  Tensor images({settings.batch, stack.input.channels, stack.input.height, stack.input.width});
  Random random(1, 0, "speed");
  for (float& value : images.change()) value = static_cast<float>(random.normal());
  const std::vector<int64_t> labels(static_cast<size_t>(settings.batch), 0);
  std::vector<double> seconds;
  for (int step = 0; step < 4; ++step) {
    const auto begin = std::chrono::steady_clock::now();
    learner->contribute(images, labels, {0, settings.batch}, {.training = true, .step = step}, 1)();
    learner->step(0, step + 1)();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (step > 0) seconds.push_back(took.count());
  }
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2] / settings.batch;
}

}  // namespace nasnet::train
