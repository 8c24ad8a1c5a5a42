#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace nasnet {

/// A finished program: its exit and its output.
struct ProgramEnd {
  int status = -1;  ///< its exit status; -1 where a signal or its time limit ended it
  bool in_time = true;
  std::string output, error;
};

/// Another program that runs beside this one: started with its words as they are, without a shell
/// between, so that nothing in them can be taken for a command. It ends when this process does.
class Program {
 public:
  /// `words`: the program, looked up in PATH, and its arguments. It is killed after `limit`
  /// seconds. Throws SystemError where there is no such program.
  Program(const std::vector<std::string>& words, double limit);
  ~Program();
  Program(const Program&) = delete;

  /// How it has ended; none while it still runs. Does not wait.
  const std::optional<ProgramEnd>& poll() { return look(0); }
  /// Waits for its end.
  const ProgramEnd& wait();

 private:
  const std::optional<ProgramEnd>& look(int milliseconds);
  void bury(bool in_time);

  pid_t process_ = -1;
  int output_ = -1, error_ = -1;
  std::chrono::steady_clock::time_point limit_;
  ProgramEnd so_far_;
  std::optional<ProgramEnd> end_;
};

/// Runs a program to its end.
ProgramEnd run_program(const std::vector<std::string>& words, double limit);

/// Looks the program up in PATH; "" where it is not found.
std::string find_program(const std::string& name);

}  // namespace nasnet
