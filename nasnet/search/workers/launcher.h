#pragma once

#include <cstdint>
#include <string>

namespace nasnet::search {

/// Starts workers on other machines, and keeps them running while a study needs them.
class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Looks after the workers: starts those that are missing. For the process that drives the study,
  /// about once a second. Throws Error, in one line, where no worker is to be had.
  virtual void tend() = 0;
  /// Sets the number of trials that the study still waits for: no more workers are started anew.
  virtual void expect(int64_t trials) = 0;
  /// The workers' state, for the progress line: "3 of 4 jobs run, 1 waits (Resources)".
  virtual std::string status() const = 0;
  /// Ends the workers, if it has ever tended them; they give back what they are working on. A
  /// launcher that goes without this leaves them to the study's next driver.
  virtual void stop() = 0;
};

}  // namespace nasnet::search
