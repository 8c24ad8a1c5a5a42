#include "nasnet/space/nasbench201.h"
#include "nasnet/space/space_kind.h"

namespace nasnet::space {

SpaceKind nasbench201_space() {
  return {.name = "nasbench201",
          .help = "the 15,625 cells of NAS-Bench-201",
          .make = [](const AnySettings&) { return std::make_unique<Nasbench201Space>(); },
          .evaluator = "table"};
}

}  // namespace nasnet::space
