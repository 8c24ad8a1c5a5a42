#include "nasnet/group/group.h"

// Built where Gloo was not found.

namespace nasnet::group {

std::unique_ptr<Group> join(const Place&, const GroupSettings&) {
  throw InputError(
      "this nasnet was built without Gloo, by which processes train together; install libgloo-dev "
      "and build again, or train in one process");
}

}  // namespace nasnet::group
