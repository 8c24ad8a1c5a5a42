#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/network/backend.h"
#include "nasnet/train/memory.h"
#include "tests/search/evaluators/children.h"

namespace nasnet::search {
namespace {

/// Children of the NASNet space on images as CIFAR's, as a search trains them.
struct SearchChildren {
  std::shared_ptr<data::DataSet> data = std::make_shared<data::DataSet>();
  space::NasnetSpace space;
  ChildSettings settings;

  SearchChildren() {
    data->name = "toy";
    for (int k = 0; k < 10; ++k) data->classes.push_back(std::to_string(k));
    data->train = train::toy_images(250 + 6 * 64, 10, 32, 3, 1);
    settings.training.epochs = 1;
    settings.validation_images = 250;
  }
  Measurements evaluate(int number) const {
    const Task task = {.seed = 1,
                       .arm = "search",
                       .number = number,
                       .choices = random_choices(space, static_cast<uint64_t>(number))};
    return make_child_evaluator(data, std::make_shared<space::NasnetSpace>(space), settings, 1,
                                network::DeviceChoice::kCpu)
        ->evaluate(task, {});
  }
};

/// Estimates against what was measured, of the whole process and of what trials add to it.
struct Comparison {
  int64_t base = 0;    ///< measured: what the process has before a trial
  double nominal = 0;  ///< the constant that decides about splitting in its place
  std::string name;
  int count = 0;
  double most = 0.15;  ///< error that is allowed
  double worst = 0, sum = 0, worst_own = 0, sum_own = 0, largest = 0;

  void add(const Measurements& evaluation, int64_t peak, const std::string& what) {
    const double own = evaluation.at("memory_estimate") - nominal;
    const double measured = static_cast<double>(peak), measured_own = measured - base;
    const double error = (base + own) / measured - 1, error_own = own / measured_own - 1;
    std::fflush(stdout);
    fmt::print("{:<36} {:>7.1f} {:>7.1f} {:>+6.1f} % {:>7.1f} {:>7.1f} {:>+6.1f} %\n", what,
               (base + own) / 1e6, measured / 1e6, 100 * error, own / 1e6, measured_own / 1e6,
               100 * error_own);
    EXPECT_LT(std::abs(error), most) << what;
    worst = std::max(worst, std::abs(error));
    worst_own = std::max(worst_own, std::abs(error_own));
    sum += std::abs(error);
    sum_own += std::abs(error_own);
    largest = std::max(largest, measured);
    ++count;
  }
  void print() const {
    fmt::print(
        "{}: {} genotypes, base {:.0f} MB, peaks to {:.0f} MB; whole process: mean error "
        "{:.1f} %, worst {:.1f} %; what the trial adds: mean {:.1f} %, worst {:.1f} %\n",
        name, count, base / 1e6, largest / 1e6, 100 * sum / count, 100 * worst,
        100 * sum_own / count, 100 * worst_own);
  }
};

/// The same genotypes for both kernels; on each, four sizes of F, N = 1 and 2, three batches.
void compare(network::Kernels kernels, int count, double most) {
  keep_freed_memory();
  SearchChildren children;
  children.settings.training.kernels = kernels;
  // Once, so that the library's own pages have been read.
  children.settings.train_images = 32;
  children.evaluate(1000);
  Comparison comparison;
  comparison.name = nasnet::to_text(kernels);
  comparison.most = most;
  comparison.base = resident_memory();
  comparison.nominal = static_cast<double>(train::process_bytes(kernels) + children.data->bytes());
  fmt::print("{:<36} {:>7} {:>7} {:>8} {:>7} {:>7} {:>8}\n", "MB", "whole", "peak", "error",
             "trial", "peak", "error");
  for (int i = 0; i < count; ++i) {
    children.settings.cells = 1 + i % 2;
    children.settings.filters = 8 * (1 + i / 2 % 4);
    children.settings.training.batch = 32 + 16 * (i / 8 % 3);
    // A step has the peak already; a few trials have as many batches ahead as there can be.
    children.settings.train_images = (i % 20 == 5 ? 6 : 1) * children.settings.training.batch;
    forget_peak_memory();
    const Measurements evaluation = children.evaluate(i);
    comparison.add(
        evaluation, peak_memory(),
        fmt::format("{} {} N={} F={} batch {}", comparison.name, i, children.settings.cells,
                    children.settings.filters, children.settings.training.batch));
  }
  comparison.print();
}

TEST(SlowChildMemory, IsEstimatedWithin15PercentWithFusedKernels) {
  compare(network::Kernels::kFused, 100, 0.15);
}

/// libtorch allocates every result apart, and the gaps in the heap can be foreseen less well.
TEST(SlowChildMemory, IsEstimatedWithin35PercentWithReferenceKernels) {
  if (!network::find_backend()) GTEST_SKIP() << "libtorch is not there";
  compare(network::Kernels::kReference, 24, 0.35);
}

TEST(ChildMemory, ABatchThatWillNotFitIsSplit) {
  keep_freed_memory();
  SearchChildren children;
  children.settings.cells = 3;
  children.settings.training.batch = 64;
  children.settings.train_images = 64;
  const Measurements whole = children.evaluate(0);
  EXPECT_EQ(whole.at("batch_parts"), 1);
  const auto nominal = static_cast<double>(train::kProcessBytes + children.data->bytes());
  const double own = whole.at("memory_estimate") - nominal;

  // Too little even where all cells are computed again.
  const auto limit = static_cast<int64_t>(nominal + own / 5);
  children.settings.training.memory = fmt::format("{}", limit);
  const int64_t base = resident_memory();
  forget_peak_memory();
  const Measurements split = children.evaluate(0);
  const int64_t peak = peak_memory();
  EXPECT_GE(split.at("batch_parts"), 2);
  EXPECT_LE(split.at("batch_parts"), 6);
  EXPECT_LE(split.at("memory_estimate"), static_cast<double>(limit));
  EXPECT_LT(static_cast<double>(peak - base), 0.35 * own);
  EXPECT_EQ(children.evaluate(0), split);  // it is deterministic

  // With three quarters of the memory the child is that of all of it.
  children.settings.training.memory =
      fmt::format("{}", static_cast<int64_t>(nominal + 3 * own / 4));
  Measurements spared = children.evaluate(0);
  EXPECT_LT(spared.at("memory_estimate"), nominal + 3 * own / 4);
  spared["memory_estimate"] = whole.at("memory_estimate");
  EXPECT_EQ(spared, whole);

  children.settings.training.memory = fmt::format("{}", static_cast<int64_t>(nominal + 1e6));
  try {
    children.evaluate(0);
    ADD_FAILURE() << "a child that cannot fit was trained";
  } catch (const OutOfMemory& error) {
    EXPECT_NE(std::string(error.what()).find("estimated"), std::string::npos) << error.what();
  }
  children.settings.training.memory = "plenty";
  EXPECT_THROW(children.evaluate(0), InputError);
}

}  // namespace
}  // namespace nasnet::search
