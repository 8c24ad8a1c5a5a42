#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/new_model.h"
#include "cli/port_preparation.h"
#include "cli/preparation_flags.h"
#include "cli/program.h"
#include "cli/suggest.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/shell.h"
#include "nasnet/base/text.h"
#include "nasnet/data/list_text.h"
#include "nasnet/exchange/import.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/model.h"

// `nasnet import`: reads weights of other programs into a model folder (docs/weights.md). Genotype,
// stack and pooling are found out from names and shapes in the file, hints given by flags win. The
// folder appears only once all tensors are in it.

namespace nasnet::cli {
namespace {

/// A pooling by its name, or that of the port whose names the file has.
enum class PoolingChoice { kPort, kSlim, kKeras, kTimm };
constexpr EnumNames<PoolingChoice, 4> names_of(PoolingChoice) {
  return {{{PoolingChoice::kPort, "port"},
           {PoolingChoice::kSlim, "slim"},
           {PoolingChoice::kKeras, "keras"},
           {PoolingChoice::kTimm, "timm"}}};
}

struct Import {
  std::string file, out;
  std::string genotype, classes;
  std::optional<graph::StackKind> stack;
  int cells = 0, filters = 0;
  PoolingChoice pooling = PoolingChoice::kPort;
  std::string weights;
  int image_size = 0;
  PreparationFlags preparation;
};

template <class Visitor>
void visit_settings(Visitor& v, Import& s) {
  v("out", s.out, "folder of the model; default: model-FILE").as("FOLDER");
  v("genotype", s.genotype,
    "the weights' genotype: a known name or a JSON file; found out where it is not given")
      .as("FILE");
  v("stack", s.stack,
    "network that the cells are stacked to; found out from the file where it is not given");
  v("cells", s.cells, "N, normal cells a stage; 0 for the stack's published number", Range{0, 100});
  v("filters", s.filters, "F, filters of the first stage; 0 for the published number",
    Range{0, 4096});
  v("pooling", s.pooling,
    "padding that pools of stride 2 count: that of the port whose names the file has, of the "
    "released network (slim), or of another port");
  v("weights", s.weights,
    "the weights to take where the file has several: raw, ema (their average over the training; "
    "the default), or the prefix of their names in the file");
  v("classes", s.classes, "text file with the name of each class on a line").as("FILE");
  v("image_size", s.image_size, "edge that pictures are resized to; 0 for the stack's",
    Range{0, 1024});
  visit_settings(v, s.preparation);
}

/// The lines of --classes, or numbered classes without it. Throws InputError for another number.
std::vector<std::string> class_names(const std::string& file, int count) {
  std::vector<std::string> names;
  if (file.empty()) {
    for (int k = 0; k < count; ++k) names.push_back(fmt::format("class {}", k));
    // 1,001 outputs are ImageNet's 1,000 after TF-slim's class for none of them.
    if (count == 1001) names[0] = "background";
    return names;
  }
  for (const std::string& line : lines_of(data::decode_list(read_file(file, 64 << 20)).text))
    if (std::string name = data::listed_name(line); !name.empty()) names.push_back(std::move(name));
  // Lists of ImageNet's classes have the 1,000 alone.
  if (count == 1001 && names.size() == 1000) names.insert(names.begin(), "background");
  if (static_cast<int>(names.size()) != count)
    throw InputError(fmt::format("--classes {} names {} classes, the weights are for {}", file,
                                 names.size(), count));
  return names;
}

/// The file's name, or that of a folder, which may have a slash behind it.
std::filesystem::path name_of(const std::filesystem::path& file) {
  return file.has_filename() ? file.filename() : file.parent_path().filename();
}

/// Every port scales pixels to [-1, 1].
train::ModelInfo model_info(const space::Genotype& genotype, const graph::StackSettings& stack,
                            const std::string& origin, const std::string& classes) {
  train::ModelInfo info;
  info.genotype = genotype;
  info.stack = stack;
  info.classes = class_names(classes, stack.classes);
  info.normalization.mean.assign(stack.input.channels, 0.5);
  info.normalization.deviation = info.normalization.mean;
  info.imported = origin;
  info.finished = true;
  return info;
}

exchange::ImportHints read_hints(const Import& request) {
  exchange::ImportHints hints;
  if (!request.genotype.empty()) hints.genotype = space::load_genotype(request.genotype);
  hints.stack = request.stack;
  if (request.cells > 0) hints.cells = request.cells;
  if (request.filters > 0) hints.filters = request.filters;
  hints.pooling = from_text<graph::Pooling>(to_text(request.pooling));  // none of kPort
  hints.weights = request.weights;
  return hints;
}

/// Errors get the file's name before them.
exchange::Recognised recognise(const exchange::WeightFile& file, const exchange::ImportHints& hints,
                               const Import& request) {
  try {
    return exchange::recognise(file, hints);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", request.file, error.what()));
  }
}

void print_json(const exchange::Recognised& found, const train::ModelInfo& info,
                const graph::Graph& graph, const std::string& format,
                const std::filesystem::path& folder) {
  const nlohmann::ordered_json result = {{"model", printable(folder.string())},
                                         {"format", format},
                                         {"names", exchange::convention_name(found.convention)},
                                         {"port", found.port},
                                         {"weights", found.weights},
                                         {"genotype", found.genotype.name},
                                         {"stack", to_text(found.stack.stack)},
                                         {"cells", found.stack.cells},
                                         {"filters", found.stack.filters},
                                         {"classes", found.stack.classes},
                                         {"pooling", to_text(found.stack.pooling)},
                                         {"image_size", info.stack.input.height},
                                         {"preparation", settings_to_json(info.preparation)},
                                         {"tensors", graph.parameters.size()},
                                         {"parameters", graph::count(graph).parameters},
                                         {"notes", found.notes}};
  fmt::print("{}\n", result.dump());
}

void run(const Import& request, const Common& common) {
  std::filesystem::path folder =
      request.out.empty() ? "model-" + name_of(request.file).stem().string() : request.out;
  if (!folder.has_filename()) folder = folder.parent_path();  // "mobile/"
  // Before the file is opened: reading it may take long.
  demand_no_model(folder);
  const exchange::ImportHints hints = read_hints(request);
  const auto file = exchange::open_weight_file(request.file);
  const exchange::Recognised found = recognise(*file, hints, request);
  const std::string origin =
      fmt::format("{}, {}, names of {}{}", printable(name_of(request.file).string()),
                  file->format(), exchange::convention_name(found.convention),
                  found.weights == "ema" ? ", averaged weights" : "");
  train::ModelInfo info = model_info(found.genotype, found.stack, origin, request.classes);
  info.preparation = request.preparation.over(port_preparation(found.port));
  // The size is the pictures' alone: cells take any, so the graph below needs no other.
  if (request.image_size > 0) info.stack.input.height = info.stack.input.width = request.image_size;
  const graph::Graph graph = graph::build(found.genotype, found.stack);
  NewModel model(folder);
  {
    Progress progress("importing", static_cast<int64_t>(graph.parameters.size()), "tensors");
    exchange::import_weights(*file, request.file, graph, found,
                             train::imported_weights(model.folder()),
                             [&](int64_t done) { progress.update(done); });
  }
  train::save_imported(model.folder(), info);
  model.finish();

  if (common.json) return print_json(found, info, graph, file->format(), folder);
  const graph::StackSettings& stack = found.stack;
  fmt::print("{}: {} with N={} F={} on the {} stack, {} classes, {} tensors, pooling of {}\n",
             origin, found.genotype.name, stack.cells, stack.filters, to_text(stack.stack),
             stack.classes, graph.parameters.size(), to_text(stack.pooling));
  fmt::print("  pictures: {0}x{0}, --resize {1} --interpolation {2} --central-crop {3}\n",
             info.stack.input.height, to_text(info.preparation.resize),
             to_text(info.preparation.interpolation), info.preparation.central_crop);
  for (const std::string& note : found.notes) fmt::print("  {}\n", note);
  fmt::print("model in {}\nnext: {} IMAGE...\n", printable(folder.string()),
             suggested_command({"predict", as_argument(folder.string())}));
}

}  // namespace

void add_import(Program& program) {
  Options& options = program.add(
      "import",
      "Read weights of NASNet from TensorFlow (model.ckpt), Keras (.h5, .keras), timm or Cadene "
      "(.pth, .safetensors)");
  const auto request = std::make_shared<Import>();
  options.argument("file", request->file,
                   "the file of weights, or a checkpoint's prefix or folder");
  options.add(*request);
  options.example("nasnet import NASNet-mobile.h5 --out mobile");
  options.example("nasnet import nasnet-a_mobile_04_10_2017.tar.gz --out mobile");
  options.example("nasnet import nasnetalarge-a1897284.pth --out large --classes imagenet.txt");
  options.run([request](const Common& common) { run(*request, common); });
}

}  // namespace nasnet::cli
