#include <fmt/format.h>

#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/file.h"
#include "nasnet/space/draw.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/json.h"

// `nasnet draw`: a genotype for people, in the terminal or as SVG; with --json the genotype itself.

namespace nasnet::cli {
namespace {

struct Draw {
  std::string genotype, svg;
};

template <class Visitor>
void visit_settings(Visitor& v, Draw& s) {
  v("svg", s.svg, "write a picture instead of drawing in the terminal").as("FILE");
}

void run(const Draw& draw, const Common& common) {
  const space::Genotype genotype = space::load_genotype(draw.genotype);
  if (!draw.svg.empty()) {
    write_file(draw.svg, space::draw_svg(genotype));
    if (!common.quiet && !common.json) fmt::print("{}\n", draw.svg);
    return;
  }
  fmt::print("{}", common.json ? space::format_genotype(genotype) : space::draw_terminal(genotype));
}

}  // namespace

void add_draw(Program& program) {
  Options& options = program.add("draw", "Draw the cells of a genotype");
  const auto draw = std::make_shared<Draw>();
  options.argument("genotype", draw->genotype, kGenotypeHelp).offers = space::genotype_names();
  options.add(*draw);
  options.example("nasnet draw nasnet-a");
  options.example("nasnet draw nasnet-a --svg nasnet-a.svg");
  options.run([draw](const Common& common) { run(*draw, common); });
}

}  // namespace nasnet::cli
