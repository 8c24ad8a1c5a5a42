#include "nasnet/search/study/study_evaluator.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/network/computation.h"
#include "nasnet/search/workers/worker_pool.h"

namespace nasnet::search {
namespace {

constexpr int kWorkersPerGpu = 4;
/// Evaluations that may wait in this process.
constexpr int64_t kPlaces = 64;

int worker_count(const SearchSettings& settings, bool on_gpu) {
  if (settings.workers > 0) return settings.workers;
  const int cores = usable_cores();
  // Each worker holds a context of its own on its GPU, some hundred megabytes before any child.
  return on_gpu ? std::min(cores, kWorkersPerGpu * network::cuda_devices()) : cores;
}

struct EvaluatorHolder {
  std::unique_ptr<Evaluator> evaluator;
};

class OwningRunner : private EvaluatorHolder, public InProcessRunner {
 public:
  explicit OwningRunner(std::unique_ptr<Evaluator> own)
      : EvaluatorHolder{std::move(own)}, InProcessRunner(*evaluator, kPlaces) {}
};

std::unique_ptr<Evaluator> make_from_setup(const nlohmann::json& setup) {
  SearchSettings settings;
  settings_from_json(settings, setup.at("settings"), "the search's message");
  auto evaluator = make_evaluator(
      settings, setup.at("seed"),
      parse_enum<network::DeviceChoice>(setup.at("device").get<std::string>(), "device"),
      setup.at("worker"));
  demand_identity(evaluator->identity(), setup.at("identity"), settings.study_file, false);
  return evaluator;
}

}  // namespace

void check_evaluator(const SearchSettings& settings, network::DeviceChoice device) {
  const EvaluatorKind& kind = evaluator_kind(settings);
  if (kind.check)
    kind.check(evaluator_settings(settings), {device, settings.study.seeds, settings.study.sample});
}

std::unique_ptr<Evaluator> make_evaluator(const SearchSettings& settings, uint64_t seed,
                                          network::DeviceChoice device, int worker,
                                          std::any opened) {
  return evaluator_kind(settings).make(evaluator_settings(settings),
                                       {make_space(settings), settings.data, settings.checkpoints,
                                        seed, device, worker, std::move(opened)});
}

void agree_on_machine(Store& store, const SearchSettings& settings, const Evaluator& evaluator) {
  const std::string own = evaluator.machine();
  if (own.empty()) return;
  const std::string first = store.agree("machine", own);
  if (first == own || settings.other_program) return;
  throw InputError(
      fmt::format("study {} is evaluated on {}, this machine would evaluate on {}: results would "
                  "differ in their last digits; use machines alike (--device), or start nasnet "
                  "search with --other-program",
                  store.name(), first, own));
}

std::unique_ptr<TaskRunner> make_runner(const SearchSettings& settings, uint64_t seed,
                                        network::DeviceChoice device,
                                        std::unique_ptr<Evaluator> evaluator,
                                        const std::vector<std::string>& worker_command) {
  if (evaluator_kind(settings).in_process)
    return std::make_unique<OwningRunner>(std::move(evaluator));
  const bool on_gpu = evaluator->on_gpu();
  const int workers = worker_count(settings, on_gpu);
  TrialLimits limits = make_limits(settings);
  if (on_gpu)
    limits.gpu_share = std::min(1.0, static_cast<double>(network::cuda_devices()) / workers);
  return std::make_unique<WorkerPool>(worker_command,
                                      nlohmann::json{{"settings", settings_to_json(settings)},
                                                     {"seed", seed},
                                                     {"device", to_text(device)},
                                                     {"identity", to_json(evaluator->identity())}},
                                      workers, limits);
}

int serve_trials(int in, int out) {
  return serve_tasks(make_from_setup, in, out);
}

}  // namespace nasnet::search
