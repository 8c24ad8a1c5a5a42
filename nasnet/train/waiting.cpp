#include "nasnet/train/waiting.h"

#include <fmt/format.h>

#include <utility>

namespace nasnet::train {

std::string describe(const Waiting& waiting, double seconds) {
  std::string text;
  if (seconds < 1) return text;
  for (const auto& [waited, reason] : {std::pair{waiting.images, "images"},
                                       {waiting.others, "other processes"},
                                       {waiting.disk, "the disk"}})
    if (const double share = 100 * waited / seconds; share >= 0.5)
      text += fmt::format(", {}{:.0f} % for {}", text.empty() ? "waited " : "", share, reason);
  return text;
}

}  // namespace nasnet::train
