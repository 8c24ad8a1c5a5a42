#include "nasnet/space/nasbench201.h"
#include "nasnet/space/space_kind.h"

// A space without settings, whose candidates are looked up: its evaluator is the table of results.

namespace nasnet::space {

SpaceKind nasbench201_space() {
  return {.name = "nasbench201",
          .help = "the 15,625 cells of NAS-Bench-201",
          .make = [](const AnySettings&) { return std::make_unique<Nasbench201Space>(); },
          .evaluator = "table"};
}

}  // namespace nasnet::space
