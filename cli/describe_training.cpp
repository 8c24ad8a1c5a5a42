#include "cli/describe_training.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nasnet/graph/build.h"
#include "nasnet/train/training_plan.h"

namespace nasnet::cli {
namespace {

using nlohmann::ordered_json;

/// Rate, size and keep follow from the epoch alone; the average's decay is at its limit after some
/// epochs of so many steps.
constexpr int64_t kStepsPerEpoch = 1000;

ordered_json to_json(const train::PlanPoint& point) {
  return {{"epoch", point.epoch},         {"learns", point.heads_only ? "heads" : "all"},
          {"learning_rate", point.rate},  {"image_size", point.image_size},
          {"drop_path_keep", point.keep}, {"average_decay", point.average_decay},
          {"images", point.images}};
}

}  // namespace

void describe_training(const TrainFlags& flags, const Common& common) {
  const int edge = flags.data.image_size > 0 ? flags.data.image_size
                                             : graph::stack_settings(flags.stack).input.height;
  const train::RecipeSettings settings{flags.training, flags.tuning};
  const auto points = train::plan_points(settings, kStepsPerEpoch, edge);
  nlohmann::json values = settings_to_json(flags.training);
  values.update(settings_to_json(flags.tuning));
  if (common.json) {
    ordered_json result = {{"recipe", to_text(flags.recipe)}, {"points", ordered_json::array()}};
    for (const train::PlanPoint& point : points) result["points"].push_back(to_json(point));
    result["settings"] = values;
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{:>7} {:>6} {:>10} {:>7} {:>6} {:>8} {:>7}\n", "epoch", "learns", "rate", "pixels",
             "keep", "average", "images");
  for (const train::PlanPoint& point : points)
    fmt::print("{:>7.1f} {:>6} {:>10.4g} {:>7} {:>6.3g} {:>8.5g} {:>7}\n", point.epoch,
               point.heads_only ? "heads" : "all", point.rate, point.image_size, point.keep,
               point.average_decay, point.images);
  fmt::print("\n");
  for (const auto& [name, value] : values.items())
    fmt::print("  {:<20} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace nasnet::cli
