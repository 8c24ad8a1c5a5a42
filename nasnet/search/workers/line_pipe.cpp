#include "nasnet/search/workers/line_pipe.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace nasnet::search {
namespace {

/// Keeps SIGPIPE from this thread while it lives, and takes away one that has come meanwhile: what
/// the whole process does with the signal is not this library's to set.
class WithoutPipeSignal {
 public:
  WithoutPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sigset_t waiting;
    ::sigpending(&waiting);
    waited_ = ::sigismember(&waiting, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutPipeSignal() {
    constexpr timespec kNow{};
    if (!waited_)
      while (::sigtimedwait(&pipe_, nullptr, &kNow) < 0 && errno == EINTR) {
      }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutPipeSignal(const WithoutPipeSignal&) = delete;

 private:
  sigset_t pipe_, before_;
  bool waited_;
};

/// Far longer than any message; what is longer is a library's chatter.
constexpr size_t kLongestLine = 1 << 20;

}  // namespace

void LineSplitter::add(std::string_view piece, std::vector<std::string>& lines) {
  for (size_t end; (end = piece.find('\n')) != std::string_view::npos;
       piece.remove_prefix(end + 1)) {
    rest_ += piece.substr(0, end);
    lines.push_back(std::exchange(rest_, {}));
  }
  rest_ += piece;
  if (rest_.size() > kLongestLine) lines.push_back(std::exchange(rest_, {}));
}

bool LineReader::read(std::vector<std::string>& lines) {
  lines.clear();
  std::array<char, 1 << 14> buffer;
  ssize_t size;
  do {
    size = ::read(descriptor_, buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return false;
  splitter_.add(std::string_view(buffer.data(), size), lines);
  return true;
}

bool write_line(int descriptor, const std::string& line) {
  const std::string text = line + "\n";
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = ::write(descriptor, text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    written += size;
  }
  return true;
}

bool write_line_quietly(int descriptor, const std::string& line) {
  const WithoutPipeSignal guard;
  return write_line(descriptor, line);
}

}  // namespace nasnet::search
