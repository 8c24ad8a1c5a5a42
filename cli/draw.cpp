#include <fmt/format.h>

#include "cli/options.h"
#include "cli/verb.h"
#include "nasnet/base/file.h"
#include "nasnet/space/draw.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/json.h"

namespace nasnet::cli {
namespace {

struct Draw {
  std::string genotype, svg;
};

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

void add_draw(CLI::App& program) {
  CLI::App* app = program.add_subcommand("draw", "Draw the cells of a genotype");
  const auto draw = std::make_shared<Draw>();
  const auto options = std::make_shared<Options>(*app);
  app->add_option("genotype", draw->genotype, "a known name (nasnet-a, ...) or a JSON file")
      ->required();
  app->add_option("--svg", draw->svg, "write a picture instead of drawing in the terminal")
      ->type_name("FILE");
  app->callback([=] {
    options->settle();
    run(*draw, options->common());
  });
}

}  // namespace nasnet::cli
