#pragma once

#include <string>
#include <vector>

namespace nasnet::search {

/// Lines of text read from a file descriptor as they come.
class LineReader {
 public:
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}
  /// Reads what is there (blocking where nothing is) and returns the lines that it completes; false
  /// at the end of the stream.
  bool read(std::vector<std::string>& lines);

 private:
  int descriptor_;
  std::string rest_;
};

/// Writes a line whole; false where the reader is gone, unless SIGPIPE ends the process then.
bool write_line(int descriptor, const std::string& line);
/// The same without that signal, whatever the process does with it.
bool write_line_quietly(int descriptor, const std::string& line);

}  // namespace nasnet::search
