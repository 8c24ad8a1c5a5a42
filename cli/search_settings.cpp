#include "cli/search_settings.h"

#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "cli/data_options.h"
#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/text.h"
#include "nasnet/kernels/target.h"
#include "nasnet/network/device.h"
#include "nasnet/search/evaluators/child_split.h"
#include "nasnet/search/workers/energy.h"
#include "nasnet/search/workers/worker_process.h"
#include "nasnet_source_digest.h"
#include "nasnet_version.h"

namespace nasnet::cli {
namespace {

constexpr int kWorkersPerGpu = 4;
/// Look-ups that may wait in this process.
constexpr int64_t kLookUps = 64;

/// Lists come as several words or as one with commas.
std::vector<std::string> split(const std::vector<std::string>& words) {
  std::vector<std::string> parts;
  for (const std::string& word : words) {
    size_t begin = 0;
    for (size_t end; (end = word.find(',', begin)) != std::string::npos; begin = end + 1)
      parts.push_back(word.substr(begin, end - begin));
    parts.push_back(word.substr(begin));
  }
  return parts;
}

using Units = std::vector<std::pair<std::string, double>>;

/// A number with a unit; "" is 0.
double parse_quantity(const std::string& text, const std::string& flag, const Units& units,
                      const std::string& example) {
  if (text.empty()) return 0;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  double scale = 0;
  for (const auto& [name, factor] : units)
    if (name == unit) scale = factor;
  if (end == text.c_str() || scale == 0 || !(number > 0) || number * scale > 1e18)
    throw InputError(fmt::format("{} {}: write {}", flag, text, example));
  return number * scale;
}

int worker_count(const SearchSettings& settings, const std::string& device) {
  if (settings.workers > 0) return settings.workers;
  int cores = usable_cores();
  // Each worker holds a context of its own on its GPU, some hundred megabytes before any child.
  if (network::parse_device(device).is_cuda())
    cores = std::min(cores, kWorkersPerGpu * network::cuda_devices());
  return cores;
}

}  // namespace

SearchSettings settings_of_older_studies() {
  SearchSettings settings;
  settings.child.training = search::child_training_of_old();
  return settings;
}

std::string program_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

double parse_seconds(const std::string& text, const std::string& flag) {
  return parse_quantity(text, flag, {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                        "a number with s, m, h or d, as 90s or 1.5h");
}

double parse_joules(const std::string& text, const std::string& flag) {
  return parse_quantity(
      text, flag,
      {{"", 1}, {"J", 1}, {"kJ", 1e3}, {"MJ", 1e6}, {"Wh", 3600}, {"kWh", 3.6e6}, {"MWh", 3.6e9}},
      "a number with kJ or kWh, as 2kWh");
}

search::StudyBudget make_budget(const SearchSettings& settings) {
  search::StudyBudget budget;
  budget.seconds = parse_seconds(settings.time);
  budget.core_hours = settings.core_hours;
  budget.gpu_hours = settings.gpu_hours;
  budget.joules = parse_joules(settings.energy, "--energy");
  return budget;
}

void demand_energy_meter(const SearchSettings& settings, const std::string& who) {
  if (parse_joules(settings.energy, "--energy") == 0 || search::EnergyMeter().works()) return;
  throw InputError(
      who +
      ": this machine does not say what it uses (/sys/class/powercap/intel-rapl:*, to be read by "
      "root on most systems); use a machine that does, or --core-hours or --time instead");
}

search::TrialLimits make_limits(const SearchSettings& settings) {
  return {parse_seconds(settings.trial_time, "--trial-time"),
          parse_bytes(settings.trial_memory, "--trial-memory")};
}

std::unique_ptr<space::SearchSpace> make_space(const SearchSettings& settings) {
  if (settings.space == "nasbench201") return std::make_unique<space::Nasbench201Space>();
  space::NasnetSpace::Settings chosen;
  chosen.blocks = settings.blocks;
  if (!settings.operations.empty()) chosen.operations.clear();
  for (const std::string& name : split(settings.operations))
    chosen.operations.push_back(space::parse_operation(name));
  if (!settings.combines.empty()) chosen.combines.clear();
  for (const std::string& name : split(settings.combines))
    chosen.combines.push_back(space::parse_combine(name));
  return std::make_unique<space::NasnetSpace>(chosen);
}

nlohmann::json program_identity() {
  return {{"program", fmt::format("nasnet {} {}", NASNET_VERSION, NASNET_SOURCE_DIGEST)},
          {"libtorch", TORCH_VERSION}};
}

void agree_on_machine(search::Store& store, const SearchSettings& settings,
                      const std::string& device) {
  const std::string own =
      network::parse_device(device).is_cuda() ? "cuda" : "cpu " + kernels::vector_target();
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

search::StudySpec make_spec(const SearchSettings& settings, const space::SearchSpace& space,
                            uint64_t seed) {
  const bool table = settings.space == "nasbench201";
  return {space, settings.study, seed, table ? 200 : settings.child.training.epochs};
}

std::unique_ptr<search::TaskRunner> make_runner(const SearchSettings& settings, uint64_t seed,
                                                const std::string& device, const Proxy& proxy) {
  if (settings.space == "nasbench201")
    return std::make_unique<search::InProcessRunner>(*proxy.evaluator, kLookUps);
  const int workers = worker_count(settings, device);
  search::TrialLimits limits = make_limits(settings);
  if (network::parse_device(device).is_cuda())
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
