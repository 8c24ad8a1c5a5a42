#include "cli/describe_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "cli/section_table.h"
#include "cli/unfinished.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"
#include "nasnet/detect/detector_model.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/json.h"
#include "nasnet/train/model.h"

// `nasnet describe MODEL`: a manifest in words. JSON is made first, and text of it, so that both
// tell the same.

namespace nasnet::cli {
namespace {

using nlohmann::ordered_json;

/// The settings that are not those of a training from scratch.
nlohmann::json changed_tuning(const train::TuneSettings& tuning) {
  nlohmann::json changed = settings_to_json(tuning);
  const nlohmann::json defaults = settings_to_json(train::TuneSettings());
  for (const auto& [name, value] : defaults.items())
    if (changed.at(name) == value) changed.erase(name);
  return changed;
}

ordered_json to_json(const train::ModelInfo& info) {
  const graph::Graph graph = graph::build(info.genotype, info.stack);
  ordered_json result = {{"kind", "classifier"},
                         {"genotype", space::genotype_to_json(info.genotype)},
                         {"stack", to_text(info.stack.stack)},
                         {"cells", info.stack.cells},
                         {"filters", info.stack.filters},
                         {"input", shape_to_json(info.stack.input)},
                         {"classes", info.classes}};
  result.update(counts_to_json(graph::count(graph)));
  add_state(result, info);
  result.update({{"epochs", info.training.epochs},
                 {"steps", info.state.step},
                 {"settings", settings_to_json(info.training)},
                 {"preparation", settings_to_json(info.preparation)},
                 {"seed", info.seed},
                 {"data", printable(info.data_source)},
                 {"from", info.from.empty() ? info.imported : info.from},
                 {"test", nullptr}});
  if (!info.from.empty()) result["from_sha256"] = info.from_digest;
  if (const nlohmann::json tuning = changed_tuning(info.tuning); !tuning.empty())
    result["tuning"] = tuning;
  if (info.test_accuracy)
    result["test"] = {{"accuracy", *info.test_accuracy}, {"images", info.test_images}};
  return result;
}

ordered_json to_json(const detect::DetectorInfo& info) {
  ordered_json classes = ordered_json::array();
  for (const boxes::Category& category : info.categories)
    classes.push_back({{"name", category.name}, {"category_id", category.id}});
  const detect::DetectorGraphs graphs =
      detect::make_graphs(info.genotype, info.design, info.pooling,
                          static_cast<int>(info.categories.size()), info.training.batch_norm);
  graph::Counts counts = graph::count(graphs.dense({64, 64, 3}).graph);
  counts += graph::count(graphs.head.graph);
  ordered_json result = {{"kind", "detector"},
                         {"genotype", space::genotype_to_json(info.genotype)},
                         {"stack", to_text(info.design.stack)},
                         {"cells", info.design.cells},
                         {"filters", info.design.filters},
                         {"input", nullptr},
                         {"classes", classes},
                         {"parameters", counts.parameters},
                         {"statistics", counts.statistics},
                         {"multiply_adds", nullptr}};
  add_state(result, info);
  result.update({{"epochs", info.training.epochs},
                 {"steps", info.state.step},
                 {"settings", detect::training_settings(info)},
                 {"seed", info.seed},
                 {"data", printable(info.data_source)},
                 {"from", info.started_from},
                 {"test", nullptr}});
  if (info.test)
    result["test"] = {{"split", info.test_split},
                      {"images", info.test_images},
                      {"numbers", detect::numbers_to_json(*info.test)}};
  return result;
}

/// One line, "accuracy 91.2 %" or the detector's twelve numbers.
std::string test_text(const ordered_json& test) {
  if (test.is_null()) return "not measured";
  std::string text;
  if (test.contains("accuracy")) {
    text = fmt::format("accuracy {:.2f} %", 100 * test["accuracy"].get<double>());
  } else {
    for (const auto& [key, value] : test["numbers"].items())
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key,
                          value.is_null() ? "-" : fmt::format("{:.3f}", value.get<double>()));
  }
  return fmt::format("{}, on {} images", text, test["images"].get<int64_t>());
}

void print_text(const std::string& folder, const ordered_json& model) {
  const auto line = [](const char* name, const std::string& text) {
    fmt::print("{:<12} {}\n", name, text);
  };
  const auto text_of = [&](const char* key) { return model[key].get<std::string>(); };
  line("model", fmt::format("{}, a {}", printable(folder), text_of("kind")));
  line("genotype", printable(model["genotype"].value("name", "")));
  line("stack",
       fmt::format("{}, N = {}, F = {}{}", text_of("stack"), model["cells"].get<int>(),
                   model["filters"].get<int>(),
                   model["input"].is_null()
                       ? ""
                       : fmt::format(", {}x{}x{} in", model["input"][0].get<int>(),
                                     model["input"][1].get<int>(), model["input"][2].get<int>())));
  line("parameters", thousands(model["parameters"].get<int64_t>()));
  std::vector<std::string> names;
  for (const ordered_json& one : model["classes"])
    names.push_back(printable((one.is_string() ? one : one["name"]).get<std::string>()));
  constexpr size_t kShown = 20;
  const size_t others = names.size() - std::min(names.size(), kShown);
  line("classes",
       fmt::format("{}: {}{}", names.size(), fmt::join(names.begin(), names.end() - others, ", "),
                   others > 0 ? fmt::format(" and {} more", others) : ""));
  line("data", text_of("data"));
  if (!text_of("from").empty())
    line("from", model.contains("from_sha256")
                     ? fmt::format("{}, whose weights' SHA-256 is {}", printable(text_of("from")),
                                   text_of("from_sha256"))
                     : printable(text_of("from")));
  line("training", fmt::format("{}: {} of {} epochs, {} steps",
                               model["finished"].get<bool>() ? "finished" : "not finished",
                               model["epoch"].get<int64_t>(), model["epochs"].get<int>(),
                               thousands(model["steps"].get<int64_t>())));
  line("test", test_text(model["test"]));
  for (const ordered_json& one : model["exports"])
    line("export", fmt::format("{}, opset {}", one.value("file", ""), one.value("opset", 0)));
  fmt::print("\n");
  for (const char* settings : {"settings", "tuning"})
    if (model.contains(settings))
      for (const auto& [name, value] : model[settings].items())
        fmt::print("  {:<20} {}\n", name,
                   value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace

void describe_model(const std::string& folder, bool json) {
  const train::ModelKind kind = train::model_kind(folder);
  ordered_json model = {{"model", printable(folder)}};
  model.update(kind == train::ModelKind::kDetector ? to_json(detect::load_detector_info(folder))
                                                   : to_json(train::load_model_info(folder)));
  model["exports"] = train::read_manifest(folder, kind).value("exports", nlohmann::json::array());
  if (json)
    fmt::print("{}\n", model.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else
    print_text(folder, model);
}

}  // namespace nasnet::cli
