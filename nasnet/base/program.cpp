#include "nasnet/base/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "nasnet/base/error.h"

// Other programs as children (sbatch, squeue): started without a shell, read through two pipes, and
// killed with their time limit or with this process, so that none is ever left running.

namespace nasnet {
namespace {

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(const char* file, char* const* words, int output, int error,
                         pid_t parent) {
  ::setpgid(0, 0);  // Ctrl-C is this program's to handle
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(error, 2);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_DFL);
  ::execv(file, words);
  ::_exit(127);
}

/// Takes what there is; false at the end of the stream.
bool take(int descriptor, std::string& text) {
  std::array<char, 4096> bytes{};
  const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
  if (count > 0) text.append(bytes.data(), count);
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  // Empty parts of PATH mean the working folder, which is not searched: a file that lies there by
  // chance, or by malice, is not started.
  const char* variable = std::getenv("PATH");
  const std::string path = variable ? variable : "";
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    std::string file = path.substr(start, end - start) + "/" + name;
    if (end > start && ::access(file.c_str(), X_OK) == 0) return file;
    start = end + 1;
  }
  return "";
}

Program::Program(const std::vector<std::string>& words, double limit)
    : limit_(std::chrono::steady_clock::now() +
             std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                 std::chrono::duration<double>(limit))) {
  const std::string file = find_program(words.at(0));
  if (file.empty())
    throw SystemError(
        fmt::format("the program {} is not there; install it, or add its folder to "
                    "PATH",
                    words[0]));
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // O_CLOEXEC keeps the ends out of all children, other threads' too; become() copies what it
  // needs.
  int out[2] = {-1, -1}, error[2] = {-1, -1};
  if (::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(error, O_CLOEXEC) == 0) {
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) become(file.c_str(), arguments.data(), out[1], error[1], parent);
  }
  const int why = errno;
  // The writers' ends are the child's: while they are open here, reading would never end.
  for (const int descriptor : {out[1], error[1]})
    if (descriptor >= 0) ::close(descriptor);
  output_ = out[0];
  error_ = error[0];
  if (process_ >= 0) return;
  for (const int descriptor : {output_, error_})
    if (descriptor >= 0) ::close(descriptor);
  throw SystemError(fmt::format("cannot start {}: {}", words[0], strerror(why)));
}

Program::~Program() {
  if (!end_) bury(false);
  for (const int descriptor : {output_, error_})
    if (descriptor >= 0) ::close(descriptor);
}

/// Reads what has come, waiting so long for it at most; both pipes at once, as a program that fills
/// one of them would stand still until it is read.
const std::optional<ProgramEnd>& Program::look(int milliseconds) {
  while (!end_) {
    std::array<pollfd, 2> streams{{{output_, POLLIN, 0}, {error_, POLLIN, 0}}};
    if (output_ < 0 && error_ < 0) {
      bury(true);
    } else if (std::chrono::steady_clock::now() >= limit_) {
      bury(false);
    } else if (::poll(streams.data(), streams.size(), milliseconds) <= 0) {
      break;
    } else {
      const auto read = [](const pollfd& stream, int& descriptor, std::string& text) {
        if (!stream.revents || take(descriptor, text)) return;
        ::close(descriptor);
        descriptor = -1;
      };
      read(streams[0], output_, so_far_.output);
      read(streams[1], error_, so_far_.error);
    }
  }
  return end_;
}

/// It has closed its streams, and so is about to end, or is ended.
void Program::bury(bool in_time) {
  if (!in_time) ::kill(process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  end_ = so_far_;
  end_->in_time = in_time;
  end_->status = in_time && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const ProgramEnd& Program::wait() {
  while (!look(100)) {
  }
  return *end_;
}

ProgramEnd run_program(const std::vector<std::string>& words, double limit) {
  return Program(words, limit).wait();
}

}  // namespace nasnet
