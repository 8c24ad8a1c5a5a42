#pragma once

#include <string>
#include <vector>

namespace nasnet::search {

/// A job of an array, as squeue tells of it.
struct SlurmTask {
  std::string id;      ///< 12_3: job 12, task 3
  std::string state;   ///< RUNNING, PENDING, FAILED ...
  std::string reason;  ///< why it waits, or why it ended
  std::string node;
  double seconds = 0;  ///< how long it has run, or ran
  bool operator==(const SlurmTask&) const = default;

  /// True if it runs, or will without anybody's doing.
  bool lives() const;
  bool runs() const { return state == "RUNNING"; }
  /// True if a node could not start it, and Slurm holds it until an administrator looks after it.
  bool failed_to_start() const;
  /// True if its own program made its end, not a person, the scheduler or the machine; or it would
  /// end so again, as where it cannot be started.
  bool ended_itself() const;
};

/// The words that ask for all jobs of this user with that name, those that ended lately too.
std::vector<std::string> squeue_words(const std::string& name);

/// Reads squeue's answer. Throws Error for a line of another form.
std::vector<SlurmTask> parse_queue(const std::string& text);

/// Seconds of "1-02:03:04", "2:03:04" or "3:04"; 0 for what is no such time.
double parse_slurm_time(const std::string& text);

/// True if Slurm's complaint is about its daemons being out of reach or too busy, and may pass.
bool may_pass(const std::string& complaint);

/// The last line that is not empty, in which programs say what was wrong.
std::string last_line(const std::string& text);

}  // namespace nasnet::search
