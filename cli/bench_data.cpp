#include "cli/bench_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/data/known.h"
#include "nasnet/data/placed.h"

// `nasnet data bench`: where the time goes before a training sees a picture, on the user's own
// pictures and machine, so that shards, smaller files or more cores are tried where they help.

namespace nasnet::cli {
namespace {

using data::LoadingCosts;
using nlohmann::ordered_json;

double per_second(double milliseconds) {
  return 1e3 / std::max(milliseconds, 1e-6);
}

/// Cores that make so many images a second.
int64_t cores_for(double speed, const LoadingCosts& costs) {
  return static_cast<int64_t>(std::ceil(speed / per_second(costs.way)));
}

void print_costs_json(const std::string& source, int64_t images, int threads, double speed,
                      const LoadingCosts& costs) {
  ordered_json result = {{"source", source},
                         {"images", images},
                         {"measured", costs.images},
                         {"unreadable", costs.unreadable.size()},
                         {"mean_bytes", costs.bytes},
                         {"mean_height", costs.height},
                         {"mean_width", costs.width},
                         {"height", costs.to.height},
                         {"width", costs.to.width},
                         {"reading_ms", costs.reading},
                         {"decoding_ms", costs.decoding},
                         {"way_ms", costs.way},
                         {"reading_share", costs.reading / costs.way},
                         {"images_per_second_core", per_second(costs.way)},
                         {"first_reading_ms", costs.first_reading},
                         {"threads", threads},
                         {"images_per_second", costs.images_per_second}};
  if (speed > 0) result["cores"] = cores_for(speed, costs);
  fmt::print("{}\n", result.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

void print_costs(const std::string& source, int64_t images, int threads, double speed,
                 const LoadingCosts& costs) {
  fmt::print("{}: {}, {} measured: {:.1f} kB, {:.0f} x {:.0f} pixels on average\n", source,
             data::count_images(images), costs.images, costs.bytes / 1e3, costs.width,
             costs.height);
  for (const data::Unreadable& file : costs.unreadable) fmt::print("left out: {}\n", file.why);
  fmt::print("\n{:<44} {:>11} {:>10}\n", "of one core", "ms an image", "images/s");
  const auto row = [](const std::string& name, double milliseconds) {
    fmt::print("{:<44} {:>11.3f} {:>10.0f}\n", name, milliseconds, per_second(milliseconds));
  };
  row("reading the file", costs.reading);
  row("decoding all of it", costs.decoding);
  row(fmt::format("a training's way, {} x {}", costs.to.width, costs.to.height), costs.way);
  fmt::print(
      "\nThe way is reading, decoding what the crop shows, resizing, mirroring and normalising;\n"
      "reading is {:.0f} % of it. Batches on {} thread{} are {:.0f} images/s by the clock.\n",
      100 * costs.reading / costs.way, threads, threads == 1 ? "" : "s", costs.images_per_second);
  // Far more than the processor's time is the disk's, or the network's.
  constexpr double kWaits = 0.5;
  if (costs.first_reading > 2 * costs.reading + kWaits)
    fmt::print(
        "Read for the first time, a file took {:.2f} ms by the clock: the disk, or whoever shares\n"
        "it, is waited for. `nasnet data pack` makes shards, which are read in long pieces.\n",
        costs.first_reading);
  if (speed > 0) {
    const int64_t cores = cores_for(speed, costs);
    fmt::print("A training of {:.0f} images/s is kept fed by {} core{}.\n", speed, cores,
               cores == 1 ? "" : "s");
  }
}

}  // namespace

void bench_data(const std::string& source, const BenchFlags& flags, const DataSettings& settings,
                const Common& common) {
  std::error_code none;
  if (data::is_known(source) && !std::filesystem::exists(source, none))
    throw InputError(fmt::format(
        "{} is read once and held in memory: there are no pictures' files to measure", source));
  if (!std::filesystem::exists(source, none) && !data::names_shards(source))
    throw InputError(fmt::format("{}: no such folder or archive", source));
  const data::ImageTree tree = data::list_images(source);
  const LoadingCosts costs =
      data::measure_loading(tree, source,
                            {.image_size = settings.image_size,
                             .preparation = settings.preparation.over(settings.unless_given),
                             .crop = flags.crop,
                             .seconds = flags.seconds,
                             .threads = common.threads,
                             .skip_unreadable = settings.skip_unreadable});
  (common.json ? print_costs_json : print_costs)(source, std::ssize(tree.images), common.threads,
                                                 flags.train_speed, costs);
}

}  // namespace nasnet::cli
