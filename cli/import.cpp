#include "nasnet/exchange/import.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/options.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/progress.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {
namespace {

struct Import {
  std::string file, out;
  std::string genotype = "nasnet-a";
  std::string stack, classes;
  int cells = 0, filters = 0;
  std::string pooling = "slim";
};

template <class Visitor>
void visit_settings(Visitor& v, Import& s) {
  v("out", s.out, "folder of the model; default: model-FILE");
  v("genotype", s.genotype, "whose weights they are: a known name or a JSON file");
  v("stack", s.stack, "how cells are stacked; found out from the file where it is not given");
  v("cells", s.cells, "N, normal cells a stage; 0 for the stack's published number", Range{0, 100});
  v("filters", s.filters, "F, filters of the first stage; 0 for the published number",
    Range{0, 4096});
  v("pooling", s.pooling,
    "what pools of stride 2 do with their padding: as the released network, "
    "or as a port whose weights were tuned with its own",
    Range{.one_of = graph::pooling_names()});
  v("classes", s.classes, "text file with the name of each class on a line");
}

std::vector<std::string> class_names(const std::string& file, int count) {
  std::vector<std::string> names;
  if (file.empty()) {
    for (int k = 0; k < count; ++k) names.push_back(fmt::format("class {}", k));
    // 1,001 outputs are ImageNet's 1,000 after TF-slim's class for none of them.
    if (count == 1001) names[0] = "background";
    return names;
  }
  std::istringstream lines(read_file(file, size_t{64} << 20));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (static_cast<int>(names.size()) != count)
    throw InputError(fmt::format("--classes {} names {} classes, the weights are for {}", file,
                                 names.size(), count));
  return names;
}

/// The preprocessing that every port agrees on: [-1, 1], the central 0.875 of a picture.
train::ModelInfo model_info(const space::Genotype& genotype, const graph::StackSettings& stack,
                            const std::string& origin, const std::string& classes) {
  train::ModelInfo info;
  info.genotype = genotype;
  info.stack = stack;
  info.classes = class_names(classes, stack.classes);
  info.normalization.mean.assign(static_cast<size_t>(stack.input.channels), 0.5);
  info.normalization.deviation = info.normalization.mean;
  info.central_crop = 0.875;
  info.imported = origin;
  info.finished = true;
  return info;
}

void run(const Import& request, const Common& common) {
  const std::filesystem::path folder =
      request.out.empty() ? "model-" + std::filesystem::path(request.file).stem().string()
                          : request.out;
  if (train::is_model(folder))
    throw InputError(fmt::format("{} holds a model already; give another --out", folder.string()));
  const space::Genotype genotype = space::load_genotype(request.genotype);
  exchange::ImportHints hints;
  hints.stack = request.stack;
  if (!request.stack.empty()) graph::stack_settings(request.stack);  // refuses an unknown name
  if (request.cells > 0) hints.cells = request.cells;
  if (request.filters > 0) hints.filters = request.filters;
  hints.pooling = graph::parse_pooling(request.pooling);

  const auto file = exchange::open_weight_file(request.file);
  exchange::Recognised found;
  try {
    found = exchange::recognise(*file, genotype, hints);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", request.file, error.what()));
  }
  const std::string origin =
      fmt::format("{}, {}, names of {}", std::filesystem::path(request.file).filename().string(),
                  file->format(), exchange::convention_name(found.convention));
  const train::ModelInfo info = model_info(genotype, found.stack, origin, request.classes);
  const graph::Graph graph = graph::build(genotype, found.stack);
  try {
    Progress progress("importing", static_cast<int64_t>(graph.parameters.size()), "tensors");
    exchange::import_weights(*file, request.file, graph, found.convention,
                             train::imported_weights(folder),
                             [&](int64_t done) { progress.update(done); });
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(folder, ignored);  // only where it is empty
    throw;
  }
  train::save_imported(folder, info);

  const graph::StackSettings& stack = found.stack;
  if (common.json) {
    const nlohmann::ordered_json result = {{"model", folder.string()},
                                           {"format", file->format()},
                                           {"names", exchange::convention_name(found.convention)},
                                           {"genotype", genotype.name},
                                           {"stack", stack.stack},
                                           {"cells", stack.cells},
                                           {"filters", stack.filters},
                                           {"classes", stack.classes},
                                           {"pooling", request.pooling},
                                           {"tensors", graph.parameters.size()},
                                           {"parameters", graph::count(graph).parameters}};
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}: {} with N={} F={} on the {} stack, {} classes, {} tensors\n", origin,
             genotype.name, stack.cells, stack.filters, stack.stack, stack.classes,
             graph.parameters.size());
  fmt::print("model in {}\nnext: nasnet predict {} IMAGE...\n", folder.string(), folder.string());
}

}  // namespace

void add_import(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "import", "Read weights of NASNet from Keras (.h5), timm or Cadene (.pth, .safetensors)");
  const auto request = std::make_shared<Import>();
  const auto options = std::make_shared<Options>(*app);
  options->add(*request);
  app->add_option("file", request->file, "the file of weights")->required();
  app->callback([=] {
    options->settle();
    run(*request, options->common());
  });
}

}  // namespace nasnet::cli
