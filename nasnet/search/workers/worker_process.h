#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace nasnet::search {

/// A child process with pipes to its standard input, output and error, pinned to some cores.
class WorkerProcess {
 public:
  WorkerProcess(const std::vector<std::string>& command, const std::vector<int>& cores);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;

  int input() const { return input_; }
  int output() const { return output_; }
  int error() const { return error_; }

  struct End {
    std::string text;        ///< "exited with status 1", "was killed by signal 9 (Killed)"
    int signal = 0;          ///< that ended it and was not sent here; 0 for none
    int64_t peak_bytes = 0;  ///< the most resident memory that it had
  };
  /// Kills it where it still runs and says how it ended.
  End end();

 private:
  pid_t process_ = -1;
  int input_ = -1, output_ = -1, error_ = -1;
};

}  // namespace nasnet::search
