#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "cli/latency_text.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/settings_of_kinds.h"
#include "nasnet/graph/build.h"
#include "nasnet/latency/cell_files.h"
#include "nasnet/latency/cells.h"
#include "nasnet/latency/fit.h"
#include "nasnet/latency/measure_table.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/space_kind.h"

// `nasnet latency`: measures random cells' networks and fits a table of milliseconds a kind of
// operator; predicts cells by such a table; and writes cells for a device of the user's, and reads
// their times.

namespace nasnet::cli {
namespace {

using latency::LatencyTable, latency::Target;

/// Settings of the stack that are not given are the published ones.
struct StackFlags {
  graph::StackKind stack = graph::StackKind::kCifar;
  std::optional<int> cells, filters, classes, image_size, channels;

  graph::StackSettings settings() const {
    graph::StackSettings settings = graph::stack_settings(stack);
    if (cells) settings.cells = *cells;
    if (filters) settings.filters = *filters;
    if (classes) settings.classes = *classes;
    if (image_size) settings.input.height = settings.input.width = *image_size;
    if (channels) settings.input.channels = *channels;
    return settings;
  }
};

template <class Visitor>
void visit_settings(Visitor& v, StackFlags& s) {
  v.topic("Network");
  v("stack", s.stack, "network that the cells are stacked to");
  v("cells", s.cells, "N, normal cells a stage; without it the stack's own", Range{1, 100})
      .everyone_needs_it();
  v("filters", s.filters, "F, filters of the first stage; without it the stack's own",
    Range{1, 4096})
      .everyone_needs_it();
  v("classes", s.classes, "outputs of the classifier; without it the stack's own",
    Range{2, 1000000});
  v("image_size", s.image_size, "edge of the images in pixels; without it the stack's own",
    Range{8, 4096})
      .everyone_needs_it();
  v("channels", s.channels, "channels of the images; without it 3", Range{1, 64});
}

struct SpaceFlags {
  std::string space = "nasnet";
  SettingsOfKinds of_spaces{space::spaces()};

  nlohmann::json description() const {
    nlohmann::json description = settings_to_json(of_spaces.at(space));
    description["name"] = space;
    return description;
  }
};

template <class Visitor>
void visit_settings(Visitor& v, SpaceFlags& s) {
  v.topic("Space");
  v("space", s.space, "the cells that are drawn; " + space::spaces().help(),
    Range{.one_of = space::spaces().names()});
  visit_settings(v, s.of_spaces);
}

struct DrawFlags {
  int candidates = 30, held_out = 10;
};

template <class Visitor>
void visit_settings(Visitor& v, DrawFlags& s) {
  v.topic("Measurement");
  v("candidates", s.candidates, "random cells that are measured to fit the table",
    Range{latency::kFewestCandidates, 1000});
  v("held_out", s.held_out, "further ones that tell its error",
    Range{latency::kFewestHeldOut, 1000});
}

struct LatencyFlags {
  std::string out, table, write_cells, measurements, device_name;
  bool measure = false, allow_busy = false;
  std::optional<Target> target;
  std::optional<int> batch;
  std::string python = "python3";
};

template <class Visitor>
void visit_settings(Visitor& v, LatencyFlags& s) {
  v.topic("Measurement");
  v("out", s.out, "file of the table that is measured").as("FILE").everyone_needs_it();
  v("table", s.table, "predict the cells' latency by this table").as("FILE").everyone_needs_it();
  v("measure", s.measure, "with --table: measure the cells as well, beside the predictions")
      .everyone_needs_it();
  v("target", s.target,
    "program that runs the networks; without it own-kernels; csv is that of --measurements")
      .everyone_needs_it();
  v("python", s.python, "of --target onnxruntime: an interpreter that has onnxruntime and numpy")
      .as("PROGRAM");
  v("batch", s.batch, "images of a pass; without it 1", Range{1, 4096});
  v("allow_busy", s.allow_busy, "take times although they spread by more than 5 %");
  v.topic("A device of your own");
  v("write_cells", s.write_cells,
    "write the cells as ONNX files, with a table to fill in (cells.csv), into this folder")
      .as("FOLDER");
  v("measurements", s.measurements, "fit the table to the times in this cells.csv").as("FILE");
  v("device_name", s.device_name, "the name of that device, for the table").as("TEXT");
}

/// Everything that the verb takes.
struct LatencyVerb {
  LatencyFlags flags;
  StackFlags stack;
  SpaceFlags space;
  DrawFlags draw;
  std::vector<std::string> genotypes;
};

std::vector<std::string> join(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Names of the settings by which networks are drawn.
std::vector<std::string> drawing(LatencyVerb& verb) {
  return join(names_of_settings(verb.stack),
              names_of_settings(verb.space, names_of_settings(verb.draw)));
}

latency::Circumstances circumstances(const LatencyVerb& verb, const Common& common) {
  return {.target = verb.flags.target.value_or(Target::kOwnKernels),
          .threads = common.threads,
          .batch = verb.flags.batch.value_or(1),
          .stack = verb.stack.settings(),
          .space = verb.space.description()};
}

/// Shows how far a measurement has come.
class Shown {
 public:
  Shown(const std::string& title, int total, const std::string& unit)
      : progress_(title, total, unit) {}
  latency::Tell tell() {
    return [this](int done, int) { progress_.update(done); };
  }

 private:
  Progress progress_;
};

std::unique_ptr<latency::NetworkTimer> timer_for(const latency::Circumstances& of,
                                                 const LatencyFlags& flags) {
  return latency::make_timer(
      {.target = of.target, .threads = of.threads, .batch = of.batch, .python = flags.python});
}

void print_table(const LatencyTable& table, const std::string& file, const Common& common) {
  if (common.json) {
    nlohmann::ordered_json result = table.to_json();
    result["file"] = printable(file);
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}", table_text(table));
  if (!common.quiet) fmt::print("\ntable: {}\n", printable(file));
}

void measure_new(const LatencyVerb& verb, const Common& common) {
  latency::TableRequest request{.of = circumstances(verb, common),
                                .seed = common.seed,
                                .candidates = verb.draw.candidates,
                                .held_out = verb.draw.held_out,
                                .out = verb.flags.out,
                                .allow_busy = verb.flags.allow_busy};
  const auto timer = timer_for(request.of, verb.flags);
  LatencyTable table;
  {
    const int networks = request.candidates + request.held_out;
    Shown shown("latency", networks * request.protocol.rounds, "networks");
    table = latency::measure_table(request, *timer, shown.tell());
  }
  print_table(table, request.out, common);
}

void write_cells(const LatencyVerb& verb, const Common& common) {
  latency::CellFiles files{.of = circumstances(verb, common), .seed = common.seed};
  files.of.target = Target::kCsv;
  files.of.device = verb.flags.device_name;
  files.cells = latency::draw_cells(*latency::make_space(files.of.space, "--space"), common.seed,
                                    verb.draw.candidates, verb.draw.held_out);
  {
    Shown shown("cells", static_cast<int>(files.cells.size()), "networks");
    latency::write_cell_files(verb.flags.write_cells, files, shown.tell());
  }
  const std::string table = (std::filesystem::path(verb.flags.write_cells) / "cells.csv").string();
  if (common.json) {
    fmt::print(
        "{}\n",
        nlohmann::ordered_json{{"cells", files.cells.size()}, {"table", printable(table)}}.dump());
    return;
  }
  fmt::print(
      "{} networks as ONNX files in {}\nmeasure each (batch {}, median of 15 runs after some that "
      "warm up), write its milliseconds\ninto {}, then: nasnet latency --measurements {} --out "
      "table.json\n",
      files.cells.size(), printable(verb.flags.write_cells), files.of.batch, printable(table),
      printable(table));
}

void fit_measurements(const LatencyVerb& verb, const Common& common) {
  const LatencyFlags& flags = verb.flags;
  if (std::filesystem::exists(flags.out))
    throw InputError(fmt::format("{} is there already; remove it, or choose another --out",
                                 printable(flags.out)));
  latency::CellFiles files = latency::read_cell_files(flags.measurements);
  if (!flags.device_name.empty()) files.of.device = flags.device_name;
  const auto space = latency::make_space(files.of.space, flags.measurements);
  const LatencyTable table =
      latency::fit_table(files.of, files.seed, *space, std::move(files.cells));
  write_file(flags.out, table.to_json().dump(1) + "\n");
  print_table(table, flags.out, common);
}

void predict(const LatencyVerb& verb, const Common& common) {
  const LatencyTable table = latency::read_latency_table(verb.flags.table);
  if (common.threads != 1 && common.threads != table.of.threads)
    throw InputError(fmt::format("--threads {}: {} is of {}; leave it out", common.threads,
                                 printable(verb.flags.table), table.of.threads));
  std::vector<graph::Graph> graphs;
  std::vector<Predicted> rows;
  for (const std::string& name : verb.genotypes) {
    graphs.push_back(graph::build(space::load_genotype(name), table.of.stack));
    rows.push_back({.name = name, .predicted = table.predict(graphs.back())});
  }
  if (verb.flags.measure) {
    const auto timer = timer_for(table.of, verb.flags);
    if (timer->device() != table.of.device)
      throw InputError(fmt::format("--measure: {} is of {}, and this is {}; measure a table here",
                                   printable(verb.flags.table), printable(table.of.device),
                                   printable(timer->device())));
    const latency::Protocol protocol;
    Shown shown("latency", static_cast<int>(graphs.size()) * protocol.rounds, "networks");
    const latency::Measured measured =
        latency::measure_networks(graphs, *timer, protocol, verb.flags.allow_busy, shown.tell());
    for (size_t k = 0; k < rows.size(); ++k) rows[k].measured = measured.timings[k];
  }
  if (common.json)
    fmt::print("{}\n", predictions_to_json(table, verb.flags.table, rows).dump());
  else
    fmt::print("{}", predictions_text(table, rows));
}

void run(const Options& options, LatencyVerb& verb, const Common& common) {
  const LatencyFlags& flags = verb.flags;
  if (common.device == network::DeviceChoice::kCuda && flags.target != Target::kCuda)
    throw InputError("--device cuda: name what is measured, with --target cuda");
  if (!verb.genotypes.empty()) {
    options.take_only({"table", "measure", "python", "allow_busy"},
                      "is for measuring a new table; leave it or the named cells out");
    if (flags.table.empty())
      throw InputError("cells are predicted by a table; name it with --table FILE");
    return predict(verb, common);
  }
  if (!flags.table.empty() || flags.measure)
    throw InputError(
        "name the cells to predict: nasnet latency mine-cells/best-1.json --table table.json");
  if (!flags.write_cells.empty()) {
    options.take_only(join(drawing(verb), {"write_cells", "batch", "device_name"}),
                      "has no part in --write-cells; leave it out");
    return write_cells(verb, common);
  }
  if (flags.out.empty())
    throw InputError(
        "name the table's file: nasnet latency --cells 6 --filters 32 --out table.json");
  if (!flags.measurements.empty()) {
    options.take_only({"measurements", "out", "device_name"},
                      "has no part in --measurements, whose folder says what was measured; leave "
                      "it out");
    return fit_measurements(verb, common);
  }
  options.take_only(join(drawing(verb), {"out", "target", "python", "batch", "allow_busy"}),
                    "is for --write-cells and --measurements; leave it out");
  measure_new(verb, common);
}

}  // namespace

void add_latency(Program& program) {
  Options& options =
      program.add("latency", "Measure networks' latency, and predict that of others by it");
  const auto verb = std::make_shared<LatencyVerb>();
  options
      .optional_argument("genotypes", verb->genotypes,
                         "with --table: cells to predict, each " + std::string(kGenotypeHelp))
      .offers = space::genotype_names();
  options.set_default_threads(1);
  options.add(verb->flags);
  options.add(verb->draw);
  options.add(verb->stack);
  options.add(verb->space);
  options.example("nasnet latency --cells 6 --filters 32 --out table.json",
                  "measures 40 random cells' networks on one core");
  options.example("nasnet latency mine-cells/best-1.json --table table.json --measure",
                  "a cell's latency, predicted and measured");
  options.example("nasnet latency --write-cells phone --cells 6 --filters 32",
                  "networks to measure on a device of your own");
  options.run([verb, &options](const Common& common) { run(options, *verb, common); });
}

}  // namespace nasnet::cli
