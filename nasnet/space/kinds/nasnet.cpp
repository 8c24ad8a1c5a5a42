#include "nasnet/base/comma_list.h"
#include "nasnet/base/text.h"
#include "nasnet/space/space_kind.h"

// NASNet's space as --space nasnet: its settings as flags, and the space that they describe. Empty
// lists stand for the defaults, so that these are written down in NasnetSpace::Settings alone.

namespace nasnet::space {
namespace {

struct NasnetSettings {
  int blocks = 5;
  std::vector<std::string> operations, combines;
};

template <class Visitor>
void visit_settings(Visitor& v, NasnetSettings& s) {
  v("blocks", s.blocks, "B, blocks a cell", Range{1, 64});
  v("operations", s.operations,
    "operations of the space, comma-separated; empty for the paper's 13");
  v("combines", s.combines, "ways to join a block's halves; empty for add,concat");
}

std::unique_ptr<SearchSpace> make_nasnet(const AnySettings& own) {
  const auto& settings = own.as<NasnetSettings>();
  NasnetSpace::Settings chosen;
  chosen.blocks = settings.blocks;
  if (!settings.operations.empty()) chosen.operations.clear();
  for (const std::string& name : split_at_commas(settings.operations))
    chosen.operations.push_back(parse_operation(name));
  if (!settings.combines.empty()) chosen.combines.clear();
  for (const std::string& name : split_at_commas(settings.combines))
    chosen.combines.push_back(parse_combine(name));
  return std::make_unique<NasnetSpace>(chosen);
}

}  // namespace

SpaceKind nasnet_space() {
  return {"nasnet", "a normal and a reduction cell, as NASNet's", NasnetSettings(), make_nasnet,
          "child"};
}

}  // namespace nasnet::space
