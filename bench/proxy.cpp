// Which short training ranks cells as a long one does, for its cost? Trains random cells of the
// NASNet space long and by each proxy, and prints Spearman's rho and Kendall's tau between both
// with 95 % intervals, and core-seconds a child.
//
//   bench_proxy --data fashion-mnist --results FILE                the proxies of docs/proxy.md
//   ... --proxy "epochs=2" --proxy "batch=64 learning_rate=0.1"    these, see proxy/proxies.h
//   ... --table                                                    the table of what is there
//
// Results are lines of FILE, each as soon as there is one: the same command goes on where it was
// stopped, and others may be added. Each training runs on one thread.

#include <fmt/format.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "bench/processor_time.h"
#include "bench/proxy/proxies.h"
#include "bench/proxy/results.h"
#include "bench/proxy/table.h"
#include "nasnet/base/error.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/progress.h"
#include "nasnet/search/strategies/random_choices.h"

namespace {

using namespace nasnet;
using bench::Proxy;
using bench::Result;

struct Flags {
  std::string data = "fashion-mnist";
  std::string results = "proxy-results.jsonl";
  std::vector<std::string> proxies;
  int64_t cells = 40, images = 0;
  int workers = 1;
  bool table = false, proxies_only = false;
};

struct Job {
  Proxy proxy;
  int64_t cell = 0;
};

/// The name that results have for it, wherever it lies.
std::string data_name(const Flags& flags) {
  return std::filesystem::path(flags.data).filename().string();
}

std::string settings_of(const Proxy& proxy) {
  nlohmann::json settings = settings_to_json(proxy.settings);
  settings["seed"] = proxy.seed;
  return settings.dump();
}

/// The trainings that the file lacks, in the order to run them.
std::vector<Job> missing_jobs(const Flags& flags) {
  std::set<std::tuple<std::string, std::string, int64_t>> done;
  for (const Result& result : bench::read_results(flags.results))
    done.insert({result.data, result.settings, result.cell});
  std::vector<Proxy> proxies;
  if (!flags.proxies_only) proxies.push_back(bench::long_training());
  for (const std::string& words : flags.proxies) proxies.push_back(bench::parse_proxy(words));
  std::vector<Job> jobs;
  const std::string name = data_name(flags);
  for (const Proxy& proxy : proxies)
    for (int64_t cell = 0; cell < flags.cells; ++cell)
      if (done.insert({name, settings_of(proxy), cell}).second) jobs.push_back({proxy, cell});
  return jobs;
}

/// Trains cells one after the other; keeps the data as long as proxies share its image size.
class Worker {
 public:
  explicit Worker(const Flags& flags) : flags_(flags) {}

  Result run(const Job& job) {
    const Proxy& proxy = job.proxy;
    if (!data_ || image_size_ != proxy.settings.image_size) {
      data_ = std::make_shared<data::DataSet>(
          data::load(flags_.data, {.image_size = proxy.settings.image_size,
                                   .limit_train = flags_.images,
                                   .limit_test = 1}));
      image_size_ = proxy.settings.image_size;
    }
    Random random(1, static_cast<uint64_t>(job.cell), "proxy cell");
    const search::Task task{.seed = proxy.seed,
                            .arm = "search",
                            .number = job.cell,
                            .choices = search::random_choices(space_, random)};
    const auto evaluator =
        search::make_child_evaluator(data_, std::make_shared<space::NasnetSpace>(space_),
                                     proxy.settings, proxy.seed, network::DeviceChoice::kCpu);
    const double begin = bench::process_seconds();
    const search::Measurements measured = evaluator->evaluate(task, {});
    return {data_name(flags_),
            proxy.name,
            settings_of(proxy),
            job.cell,
            measured.at(search::kAccuracy),
            bench::process_seconds() - begin,
            measured.at("parameters"),
            measured.at("multiply_adds")};
  }

 private:
  const Flags& flags_;
  space::NasnetSpace space_;
  std::shared_ptr<data::DataSet> data_;
  int image_size_ = 0;
};

/// Every `workers`-th job from `first`.
void work(const Flags& flags, const std::vector<Job>& jobs, size_t first) {
  keep_freed_memory();
  set_progress_style(ProgressStyle::silent);
  Worker worker(flags);
  for (size_t i = first; i < jobs.size(); i += static_cast<size_t>(flags.workers)) {
    const Result result = worker.run(jobs[i]);
    bench::add_result(flags.results, result);
    fmt::print(stderr, "{} of {}: cell {}, {}: {:.2f} %, {:.2f} core-seconds\n", i + 1, jobs.size(),
               result.cell, result.proxy.empty() ? "long" : result.proxy, 100 * result.accuracy,
               result.core_seconds);
  }
}

/// Processes, as each counts its processor time by itself. Forked before there is any thread.
void work_together(const Flags& flags, const std::vector<Job>& jobs) {
  for (int i = 1; i < flags.workers; ++i) {
    const pid_t child = ::fork();
    if (child < 0) throw SystemError("a worker cannot be started");
    if (child == 0) {
      work(flags, jobs, static_cast<size_t>(i));
      std::exit(0);
    }
  }
  work(flags, jobs, 0);
  int status = 0;
  while (::wait(&status) > 0)
    if (status != 0) throw SystemError("a worker failed; the same command goes on");
}

int run(int argc, char** argv) {
  Flags flags;
  CLI::App app("Which short training ranks cells as a long one does?");
  app.add_option("--data", flags.data, "a known name, a folder or an archive");
  app.add_option("--results", flags.results, "file of the results, gone on with");
  app.add_option("--proxy", flags.proxies, "NAME=VALUE ...: the settings that differ from plain's")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--cells", flags.cells, "random cells");
  app.add_option("--images", flags.images, "take only so many training images; 0 for all");
  app.add_option("--workers", flags.workers, "processes")->check(CLI::Range(1, 1024));
  app.add_flag("--proxies-only", flags.proxies_only, "train no cell long");
  app.add_flag("--table", flags.table, "train nothing, print what is there");
  CLI11_PARSE(app, argc, argv);
  if (flags.proxies.empty()) flags.proxies = bench::documented_proxies();
  if (!flags.table) work_together(flags, missing_jobs(flags));
  fmt::print("{}", bench::format_table(bench::read_results(flags.results), data_name(flags)));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "bench proxy: {}\n", error.what());
    return 2;
  }
}
