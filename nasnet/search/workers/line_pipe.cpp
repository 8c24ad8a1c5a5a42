#include "nasnet/search/workers/line_pipe.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace nasnet::search {

bool LineReader::read(std::vector<std::string>& lines) {
  lines.clear();
  std::array<char, 1 << 14> buffer;
  ssize_t size;
  do {
    size = ::read(descriptor_, buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return false;
  rest_.append(buffer.data(), static_cast<size_t>(size));
  size_t begin = 0;
  for (size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(rest_.substr(begin, end - begin));
  rest_.erase(0, begin);
  return true;
}

bool write_line(int descriptor, const std::string& line) {
  const std::string text = line + "\n";
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = ::write(descriptor, text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    written += static_cast<size_t>(size);
  }
  return true;
}

}  // namespace nasnet::search
