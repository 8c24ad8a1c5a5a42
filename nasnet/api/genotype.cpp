#include <nasnet/genotype.h>

#include "nasnet/api/convert.h"
#include "nasnet/space/draw.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/json.h"
#include "nasnet/space/operation.h"

// Genotypes of the public library: each function converts and calls the core. Public genotypes that
// come in are checked by the conversion, as anybody may have filled them.

namespace nasnet {

std::vector<std::string> operation_names() {
  std::vector<std::string> names;
  for (int i = 0; i < space::kOperationCount; ++i)
    names.emplace_back(space::name(static_cast<space::Operation>(i)));
  return names;
}

std::vector<std::string> combine_names() {
  std::vector<std::string> names;
  for (int i = 0; i < space::kCombineCount; ++i)
    names.emplace_back(space::name(static_cast<space::Combine>(i)));
  return names;
}

std::vector<std::string> genotype_names() {
  return space::genotype_names();
}

Genotype load_genotype(const std::string& name_or_file) {
  return api::to_public(space::load_genotype(name_or_file));
}

Genotype parse_genotype(std::string_view json) {
  return api::to_public(space::parse_genotype(json, "genotype"));
}

std::string format_genotype(const Genotype& genotype) {
  return space::format_genotype(api::to_core(genotype));
}

std::string draw_text(const Genotype& genotype, bool unicode) {
  return space::draw_terminal(api::to_core(genotype), !unicode);
}

std::string draw_svg(const Genotype& genotype) {
  return space::draw_svg(api::to_core(genotype));
}

}  // namespace nasnet
