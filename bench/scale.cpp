// How far a search goes on many machines: studies with simulated evaluation times in virtual time,
// on both stores; the same in real time beside it, to see whether the virtual one is honest; and
// how long a study of a million trials takes to open. PostgreSQL is a server of its own where it is
// installed, or the one of --store. See docs/scale.md.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/scale/opening.h"
#include "bench/scale/real_study.h"
#include "bench/scale/virtual_study.h"
#include "nasnet/base/error.h"
#include "tests/search/store/postgres_server.h"

namespace {

using namespace nasnet;
using namespace nasnet::scale;

struct Options {
  Plan plan;
  std::string store;
  std::vector<std::pair<int64_t, int64_t>> pairs;  // generation and lag; empty: those of the docs
  int real_workers = 200;
  double real_seconds = 1;
  int64_t opening = 1000000;
  bool json = false;
  std::string only;  // one of the three parts
  bool wants(const char* part) const { return only.empty() || only == part; }
};

constexpr const char* kHelp =
    R"(scripts/bench scale [--workers 500] [--seconds 60] [--trials N] [--no-baseline]
                    [--first-rung R [--epochs 27] [--eta 3] [--no-checkpoints]]
                    [--pairs GENERATION:LAG,...] [--store postgresql://USER@HOST/DATABASE]
                    [--real-workers 200] [--real-seconds 1] [--opening 1000000]
                    [--only virtual|real|opening] [--json]
--trials: of each arm (10 times the workers). --seconds: of a whole training. --first-rung:
successive halving, in virtual time; --no-checkpoints: at each rung trainings begin anew.
)";

Options parse(int argc, char** argv) {
  Options options;
  options.plan.trials = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) throw InputError(fmt::format("{} wants a value", flag));
      return argv[i];
    };
    if (flag == "--workers") {
      options.plan.workers = std::stoi(value());
    } else if (flag == "--seconds") {
      options.plan.load.mean_seconds = std::stod(value());
    } else if (flag == "--trials") {
      options.plan.trials = std::stoll(value());
    } else if (flag == "--no-baseline") {
      options.plan.baseline = false;
    } else if (flag == "--first-rung") {
      options.plan.halving.first_rung = std::stoi(value());
    } else if (flag == "--eta") {
      options.plan.halving.eta = std::stoi(value());
    } else if (flag == "--epochs") {
      options.plan.epochs = std::stoll(value());
    } else if (flag == "--no-checkpoints") {
      options.plan.checkpoints = false;
    } else if (flag == "--store") {
      options.store = value();
    } else if (flag == "--real-workers") {
      options.real_workers = std::stoi(value());
    } else if (flag == "--real-seconds") {
      options.real_seconds = std::stod(value());
    } else if (flag == "--opening") {
      options.opening = std::stoll(value());
    } else if (flag == "--only") {
      options.only = value();
    } else if (flag == "--json") {
      options.json = true;
    } else if (flag == "--pairs") {
      const std::string list = value() + ",";
      for (size_t at = 0, end; (end = list.find(',', at)) != std::string::npos; at = end + 1) {
        const std::string pair = list.substr(at, end - at);
        options.pairs.emplace_back(std::stoll(pair), std::stoll(pair.substr(pair.find(':') + 1)));
      }
    } else {
      throw InputError(fmt::format("unknown flag {}\n{}", flag, kHelp));
    }
  }
  const int64_t workers = options.plan.workers;
  if (options.plan.trials == 0) options.plan.trials = 10 * workers;
  if (options.pairs.empty())
    options.pairs = {{workers, 1}, {workers, 2}, {workers, 3}, {workers / 5, 15}};
  return options;
}

/// Where studies go: a folder of its own, or a PostgreSQL server.
class Place {
 public:
  explicit Place(std::string url) : url_(std::move(url)) {
    std::filesystem::create_directories(folder_);
  }
  ~Place() { std::filesystem::remove_all(folder_); }
  Place(const Place&) = delete;

  const char* name() const { return url_.empty() ? "SQLite" : "PostgreSQL"; }
  const std::string& url() const { return url_; }
  std::string next_study() {
    const std::string study = fmt::format("scale_{}_{}", ::getpid(), ++studies_);
    return url_.empty() ? (folder_ / (study + ".db")).string() : study;
  }
  /// Connections to a new study.
  std::function<std::unique_ptr<search::Database>()> opener() {
    const std::string study = next_study();
    return [this, study] {
      return url_.empty() ? search::open_sqlite(study, search::OpenMode::kDrive)
                          : search::open_postgres(url_, study, search::OpenMode::kDrive, 30);
    };
  }

 private:
  std::string url_;
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("nasnet-scale-{}", ::getpid());
  int studies_ = 0;
};

void print(const Options& options, const char* kind, const char* store, const Plan& plan,
           const Outcome& outcome) {
  if (options.json) {
    fmt::print("{}\n", nlohmann::json({{"kind", kind},
                                       {"store", store},
                                       {"workers", plan.workers},
                                       {"mean_seconds", plan.load.mean_seconds},
                                       {"generation", plan.generation},
                                       {"lag", plan.lag},
                                       {"baseline", plan.baseline},
                                       {"first_rung", plan.halving.first_rung},
                                       {"utilisation", outcome.utilisation},
                                       {"whole_utilisation", outcome.whole},
                                       {"evaluations", outcome.trials},
                                       {"hours", outcome.hours},
                                       {"driver_load", outcome.driver},
                                       {"store_load", outcome.store},
                                       {"calls_a_second", outcome.calls},
                                       {"median_ms", outcome.median_ms},
                                       {"p99_ms", outcome.slow_ms}})
                           .dump());
  } else {
    fmt::print("{:<8} {:<10} {:>7} {:>7g} {:>10} {:>4} {:>8.1f} {:>8.1f} {:>7} {:>8.2f}", kind,
               store, plan.workers, plan.load.mean_seconds, plan.generation, plan.lag,
               100 * outcome.utilisation, 100 * outcome.whole, outcome.trials, outcome.hours);
    if (outcome.calls > 0)
      fmt::print(" {:>8.2f} {:>8.2f} {:>8.1f} {:>8.2f} {:>8.2f}", 100 * outcome.driver,
                 100 * outcome.store, outcome.calls, outcome.median_ms, outcome.slow_ms);
    fmt::print("\n");
  }
  std::fflush(stdout);
}

void run(const Options& options) {
  std::unique_ptr<search::PostgresServer> server;
  std::string url = options.store;
  if (url.empty() && !search::PostgresServer::programs().empty()) {
    server = std::make_unique<search::PostgresServer>(search::PostgresServer::Files::kOnDisk,
                                                      options.real_workers + 20);
    url = server->url();
  }
  std::vector<std::unique_ptr<Place>> places;
  places.push_back(std::make_unique<Place>(""));
  if (!url.empty()) places.push_back(std::make_unique<Place>(url));
  if (!options.json && options.only != "opening")
    fmt::print(
        "{:<8} {:<10} {:>7} {:>7} {:>10} {:>4} {:>8} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} "
        "{:>8} {:>8}\n",
        "time", "store", "workers", "seconds", "generation", "lag", "busy %", "whole %", "trials",
        "hours", "driver %", "store %", "calls/s", "ms", "99 % ms");
  for (auto& place : places) {
    if (!options.wants("virtual")) break;
    for (const auto& [generation, lag] : options.pairs) {
      Plan plan = options.plan;
      plan.generation = generation;
      plan.lag = lag;
      print(options, "virtual", place->name(), plan, run_virtual(plan, place->opener()));
    }
  }
  if (options.wants("real") && places.size() > 1)
    for (const int64_t lag : {1, 3}) {
      Plan plan = options.plan;
      plan.workers = options.real_workers;
      plan.load.mean_seconds = options.real_seconds;
      plan.generation = plan.workers;
      plan.lag = lag;
      plan.trials = 10 * plan.workers;
      plan.halving = {};
      Place& place = *places[1];
      print(options, "virtual", place.name(), plan, run_virtual(plan, place.opener()));
      print(options, "real", place.name(), plan, run_real(plan, place.url(), place.next_study()));
    }
  if (!options.wants("opening")) return;
  for (auto& place : places) {
    const Opening opening = open_large_study(options.opening, place->opener());
    if (options.json) {
      fmt::print("{}\n", nlohmann::json({{"kind", "opening"},
                                         {"store", place->name()},
                                         {"trials", opening.trials},
                                         {"seconds", opening.seconds},
                                         {"build_seconds", opening.build_seconds}})
                             .dump());
    } else {
      fmt::print("{}: a study of {} trials opens in {:.3f} s (written in {:.0f} s)\n",
                 place->name(), opening.trials, opening.seconds, opening.build_seconds);
    }
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
