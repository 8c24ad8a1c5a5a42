#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/search/workers/line_pipe.h"
#include "nasnet/search/workers/protocol.h"

// Lines of a worker and tasks for it, in pieces as pipes give them: the first byte is their size.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nasnet::search;
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece = size_t{data[0]} + 1;
  LineSplitter splitter;
  std::vector<std::string> lines;
  for (; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
    splitter.add(rest.substr(0, piece), lines);
  for (const std::string& line : lines) {
    if (line.find('\n') != std::string::npos) __builtin_trap();
    // A message that was understood is written and understood as the same kind again.
    const WorkerLine message = parse_worker_line(line);
    const std::string text = format_worker_line(message);
    if (parse_worker_line(text).index() != message.index()) __builtin_trap();
    try {
      const std::string task = format_task(parse_task(line));
      if (format_task(parse_task(task)) != task) __builtin_trap();
    } catch (const nasnet::Error&) {
    }
  }
  return 0;
}
