#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet::search {

/// Puts pieces of a stream together to lines. One of more than 1 MiB comes in parts: a process that
/// never ends its line must not fill the memory.
class LineSplitter {
 public:
  /// Appends the lines that the piece completes, without their ends.
  void add(std::string_view piece, std::vector<std::string>& lines);

 private:
  std::string rest_;
};

/// Lines of text read from a file descriptor as they come.
class LineReader {
 public:
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}
  /// Reads what is there (blocking where nothing is) and returns the lines that it completes; false
  /// at the end of the stream.
  bool read(std::vector<std::string>& lines);

 private:
  int descriptor_;
  LineSplitter splitter_;
};

/// Writes a line whole; false where the reader is gone, unless SIGPIPE ends the process then.
bool write_line(int descriptor, const std::string& line);
/// The same without that signal, whatever the process does with it.
bool write_line_quietly(int descriptor, const std::string& line);

}  // namespace nasnet::search
