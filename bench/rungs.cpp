// By which measurement should weak children be stopped early (--rung-by)? Random cells of the
// NASNet space are trained along one schedule and measured at rungs on the way: Spearman's rho and
// Kendall's tau, with 95 % intervals, of the accuracy, of the last epoch's training loss and of the
// sum of all epochs' losses there with the accuracy at the end of the same training.
//
//   --data PATH       fashion-mnist     --cells N          40
//   --epochs N        9                 --rungs a,b        1,3
//   --json            an array of objects
//   and any setting of children: --image-size 14 --train-images 2000

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/bench_flags.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/progress.h"
#include "nasnet/search/evaluators/child.h"
#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/study/statistics.h"

namespace {

using namespace nasnet;
using namespace nasnet::search;

struct Flags {
  std::string data = "fashion-mnist";
  int cells = 40;
  std::vector<std::string> rungs = {"1", "3"};
  bool json = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Flags& s) {
  v("data", s.data, "");
  v("cells", s.cells, "", Range{10, 1e6});
  v("rungs", s.rungs, "");
  v("json", s.json, "");
}

/// A measurement as rungs rank by it: more is better.
struct Criterion {
  const char* name;
  double sign;
};
constexpr Criterion kCriteria[] = {{kAccuracy, 1}, {"train_loss", -1}, {"train_loss_sum", -1}};

void main_of(int argc, char** argv) {
  Flags flags;
  ChildSettings child;
  child.image_size = 14;
  child.train_images = 2000;
  child.training.epochs = 9;
  std::vector<Setting> known = list_settings(flags);
  for (Setting& setting : list_settings(child)) known.push_back(std::move(setting));
  read_flags(argc, argv, known, "bench/rungs.cpp");
  keep_freed_memory();
  set_progress_style(ProgressStyle::silent);
  const auto space = std::make_shared<const space::NasnetSpace>();
  const auto data = std::make_shared<data::DataSet>(
      data::load(flags.data, {.image_size = child.image_size, .limit_test = 1}));
  const auto evaluator = make_child_evaluator(data, space, child, 1, network::DeviceChoice::kCpu);
  const std::vector<int> rungs = numbers_of(flags.rungs, "--rungs");
  std::vector<double> final_accuracy;
  // Rung by rung and criterion by criterion, a value a cell.
  std::vector<std::vector<std::vector<double>>> values(
      rungs.size(), std::vector<std::vector<double>>(std::size(kCriteria)));
  for (int cell = 0; cell < flags.cells; ++cell) {
    Random random(1, static_cast<uint64_t>(cell), "rungs cell");
    Task task{.seed = 1, .arm = kSearchArm, .number = cell};
    task.choices = random_choices(*space, random);
    for (size_t r = 0; r < rungs.size(); ++r) {
      task.epochs = rungs[r];
      const Measurements measured = evaluator->evaluate(task, {});
      for (size_t k = 0; k < std::size(kCriteria); ++k)
        values[r][k].push_back(kCriteria[k].sign * measured.at(kCriteria[k].name));
    }
    task.epochs = 0;
    final_accuracy.push_back(evaluator->evaluate(task, {}).at(kAccuracy));
    fmt::print(stderr, "cell {} of {}: {:.2f} %\n", cell + 1, flags.cells,
               100 * final_accuracy.back());
  }
  nlohmann::ordered_json objects = nlohmann::ordered_json::array();
  if (!flags.json) fmt::print("{:<6} {:<16} {:>22} {:>22}\n", "rung", "by", "Spearman", "Kendall");
  for (size_t r = 0; r < rungs.size(); ++r) {
    for (size_t k = 0; k < std::size(kCriteria); ++k) {
      const Estimate rho = bootstrap_spearman(values[r][k], final_accuracy);
      const Estimate tau = bootstrap_kendall(values[r][k], final_accuracy);
      if (!flags.json)
        fmt::print("{:<6} {:<16} {:>6.2f} ({:.2f} to {:.2f}) {:>6.2f} ({:.2f} to {:.2f})\n",
                   rungs[r], kCriteria[k].name, rho.value, rho.interval.low, rho.interval.high,
                   tau.value, tau.interval.low, tau.interval.high);
      objects.push_back({{"rung", rungs[r]},
                         {"by", kCriteria[k].name},
                         {"spearman", rho.value},
                         {"kendall", tau.value},
                         {"kendall_low", tau.interval.low},
                         {"kendall_high", tau.interval.high},
                         {"cells", flags.cells}});
    }
  }
  if (flags.json) fmt::print("{}\n", objects.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  return nasnet::run_benchmark("rungs", [&] { main_of(argc, argv); });
}
