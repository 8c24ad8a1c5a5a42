#include "cli/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/data_options.h"
#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/kernels/target.h"
#include "nasnet/network/backend.h"
#include "nasnet/search/evaluators/child_split.h"
#include "nasnet/search/workers/worker_pool.h"
#include "nasnet_source_digest.h"
#include "nasnet_version.h"

namespace nasnet::cli {
namespace {

constexpr int kWorkersPerGpu = 4;
/// Look-ups that may wait in this process.
constexpr int64_t kLookUps = 64;

int worker_count(const SearchSettings& settings, const std::string& device) {
  if (settings.workers > 0) return settings.workers;
  int cores = usable_cores();
  // Each worker holds a context of its own on its GPU, some hundred megabytes before any child.
  if (network::parse_device(device).cuda)
    cores = std::min(cores, kWorkersPerGpu * network::cuda_devices());
  return cores;
}

}  // namespace

std::string program_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

nlohmann::json program_identity(const SearchSettings& settings, const std::string& device) {
  nlohmann::json identity = {
      {"program", fmt::format("nasnet {} {}", NASNET_VERSION, NASNET_SOURCE_DIGEST)}};
  const bool by_libtorch =
      settings.space == "nasnet" &&
      (settings.child.training.kernels == "reference" || network::parse_device(device).cuda);
  if (by_libtorch) identity["libtorch"] = network::demand_backend("--kernels reference").version();
  return identity;
}

void agree_on_machine(search::Store& store, const SearchSettings& settings,
                      const std::string& device) {
  const std::string own =
      network::parse_device(device).cuda ? "cuda" : "cpu " + kernels::vector_target();
  const std::string first = store.agree("machine", own);
  if (first == own || settings.other_program) return;
  throw InputError(
      fmt::format("study {} is evaluated on {}, this machine would evaluate on {}: results would "
                  "differ in their last digits; use machines alike (--device), or start nasnet "
                  "search with --other-program",
                  store.name(), first, own));
}

Proxy make_proxy(const SearchSettings& settings, uint64_t seed, const std::string& device,
                 int worker) {
  Proxy proxy;
  proxy.space = make_space(settings);
  if (settings.space == "nasbench201") {
    if (settings.table.empty())
      throw InputError(
          "--space nasbench201 looks its results up: say in which file with --table FILE");
    auto table = std::make_shared<const search::Table>(settings.table);
    proxy.digest = table->digest();
    proxy.evaluator =
        std::make_unique<search::TableEvaluator>(std::move(table), settings.table_settings);
    return proxy;
  }
  data::DataOptions options;
  options.image_size = settings.child.image_size;
  options.preparation = settings.child.preparation;
  options.skip_unreadable = settings.child.skip_unreadable;
  auto data = std::make_shared<data::DataSet>(data::load(settings.data, options));
  add_left_out(proxy.left_out, *data);
  proxy.notes = notes_of(*data);
  proxy.image_size = data::describe_size(*data, options);
  if (settings.child.validation_images >= data->train.size())
    throw InputError(
        fmt::format("--validation-images is {}, but {} has only {} training images; "
                    "choose fewer",
                    settings.child.validation_images, data->name, data->train.size()));
  const int64_t copies = search::split_for_proxy(data->train, settings.child, seed).copies;
  if (copies > 0)
    proxy.notes.push_back(
        fmt::format("{} training image{} equal to a validation image: not trained on", copies,
                    copies == 1 ? " is" : "s are"));
  proxy.digest = data->digest();
  proxy.evaluator = search::make_child_evaluator(
      std::move(data), dynamic_cast<const space::NasnetSpace&>(*proxy.space), settings.child, seed,
      device, std::max(worker, 0));
  return proxy;
}

std::unique_ptr<search::TaskRunner> make_runner(const SearchSettings& settings, uint64_t seed,
                                                const std::string& device, const Proxy& proxy) {
  if (settings.space == "nasbench201")
    return std::make_unique<search::InProcessRunner>(*proxy.evaluator, kLookUps);
  const int workers = worker_count(settings, device);
  search::TrialLimits limits = make_limits(settings);
  if (network::parse_device(device).cuda)
    limits.gpu_share = std::min(1.0, static_cast<double>(network::cuda_devices()) / workers);
  return std::make_unique<search::WorkerPool>(
      std::vector<std::string>{program_path(), "trial-worker"},
      nlohmann::json{{"settings", settings_to_json(settings)},
                     {"seed", seed},
                     {"device", device},
                     {"digest", proxy.digest}},
      workers, limits);
}

}  // namespace nasnet::cli
