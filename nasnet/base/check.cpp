#include "nasnet/base/check.h"

#include <fmt/format.h>

#include <string_view>

#include "nasnet/base/error.h"

// A failed check is a fault of the program's own: the message asks for a report, and main() gives
// it another exit status than wrong input has.

namespace nasnet {

void fail_check(const char* condition, const char* invariant, const char* file, int line) {
  // From the tree's root on: where the tree lay when it was built tells nobody anything.
  std::string_view path = file;
  for (const std::string_view folder : {"/nasnet/", "/cli/"})
    if (const size_t at = path.rfind(folder); at != std::string_view::npos)
      path.remove_prefix(at + 1);
  const std::string_view words = invariant;
  throw InternalError(
      fmt::format("internal error: {}{}{} does not hold ({}:{}); please report it with the command "
                  "that you ran",
                  words, words.empty() ? "" : ": ", condition, path, line));
}

}  // namespace nasnet
