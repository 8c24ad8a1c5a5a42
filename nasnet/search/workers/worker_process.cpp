#include "nasnet/search/workers/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw SystemError(fmt::format("cannot start a worker: {}", strerror(errno)));
    read = ends[0];
    write = ends[1];
  }
};

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* command, const cpu_set_t& cores, const Pipe& in,
                         const Pipe& out, const Pipe& error, pid_t parent) {
  ::setpgid(0, 0);  // Ctrl-C is the driver's to handle
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  ::sched_setaffinity(0, sizeof cores, &cores);
  ::dup2(in.read, 0);
  ::dup2(out.write, 1);
  ::dup2(error.write, 2);
  ::signal(SIGINT, SIG_DFL);
  // A cluster that ends a job sends this to all its processes: the parent gives the trial back.
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGPIPE, SIG_DFL);
  ::execvp(command[0], command);
  ::_exit(127);
}

}  // namespace

WorkerProcess::WorkerProcess(const std::vector<std::string>& command,
                             const std::vector<int>& cores) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  const Pipe in, out, error;
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) throw SystemError(fmt::format("cannot start a worker: {}", strerror(errno)));
  if (process_ == 0) become(arguments.data(), set, in, out, error, parent);
  ::close(in.read);
  ::close(out.write);
  ::close(error.write);
  input_ = in.write;
  output_ = out.read;
  error_ = error.read;
}

WorkerProcess::~WorkerProcess() {
  end();
  for (const int descriptor : {input_, output_, error_})
    if (descriptor >= 0) ::close(descriptor);
}

WorkerProcess::End WorkerProcess::end() {
  if (process_ < 0) return {"has ended", 0, 0};
  int status = 0;
  rusage used{};
  bool killed = false;
  // One that has ended by itself is not killed: its status tells the cause.
  if (::wait4(process_, &status, WNOHANG, &used) == 0) {
    ::usleep(20000);
    if (::wait4(process_, &status, WNOHANG, &used) == 0) {
      killed = true;
      ::kill(process_, SIGKILL);
      while (::wait4(process_, &status, 0, &used) < 0 && errno == EINTR) {
      }
    }
  }
  process_ = -1;
  End end;
  end.peak_bytes = int64_t{1024} * used.ru_maxrss;
  if (!WIFSIGNALED(status)) {
    end.text = fmt::format("exited with status {}", WEXITSTATUS(status));
    return end;
  }
  if (!killed) end.signal = WTERMSIG(status);
  end.text =
      fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return end;
}

}  // namespace nasnet::search
