#pragma once

#include <string>

#include "nasnet/base/enum_names.h"
#include "nasnet/base/process_id.h"

namespace nasnet::search {

/// The part that a process takes in a study.
enum class Role {
  kDriver,  ///< drives it, and may evaluate beside
  kWorker,  ///< evaluates only
};
constexpr EnumNames<Role, 2> names_of(Role) {
  return {{{Role::kDriver, "driver"}, {Role::kWorker, "worker"}}};
}

/// A driver of a study or a crew that claims its trials. No two have all of this in common, now or
/// later.
struct Owner {
  Role role = Role::kWorker;
  ProcessId process;
  int64_t run = 0;  ///< crews of one process, one after another, count up
  std::string job;  ///< of Slurm: "12", or "12_3" for a task of an array; "" elsewhere
  bool operator==(const Owner&) const = default;
};

using nasnet::to_text;

/// This process in that part.
Owner this_owner(Role role, int64_t run = 0);

/// For people: "worker, process 12 (77) on host [9c21b04e], Slurm job 12_3".
std::string to_text(const Owner& owner);

}  // namespace nasnet::search
