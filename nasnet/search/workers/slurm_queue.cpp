#include "nasnet/search/workers/slurm_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"

namespace nasnet::search {
namespace {

template <size_t count>
bool is_one_of(const std::string& text, const std::array<const char*, count>& texts) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

bool SlurmTask::lives() const {
  // All other states lead to one of these, or back into the queue: COMPLETING among them, in which
  // a job whose node went waits until it is queued again.
  return !failed_to_start() &&
         !is_one_of(state,
                    std::array{"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED",
                               "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT"});
}

bool SlurmTask::failed_to_start() const {
  return state == "PENDING" && reason.starts_with("launch") &&
         reason.find("held") != std::string::npos;
}

bool SlurmTask::ended_itself() const {
  return failed_to_start() || is_one_of(state, std::array{"COMPLETED", "FAILED", "OUT_OF_MEMORY"});
}

std::vector<std::string> squeue_words(const std::string& name) {
  // By name and not by id: a name that no job has any more is an empty answer, and no error.
  return {"squeue",       "--me",           "--noheader", "--array",
          "--states=all", "--name=" + name, "-o",         "%i|%T|%M|%r|%N"};
}

std::vector<SlurmTask> parse_queue(const std::string& text) {
  std::vector<SlurmTask> tasks;
  for (const std::string& line : lines_of(text)) {
    std::vector<std::string> fields(1);
    for (const char c : line) {
      if (c == '|') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    if (fields.size() != 5) throw Error(fmt::format("squeue has answered \"{}\"", line));
    tasks.push_back({fields[0], fields[1], fields[3], fields[4], parse_slurm_time(fields[2])});
  }
  return tasks;
}

double parse_slurm_time(const std::string& text) {
  double days = 0, seconds = 0;
  std::string rest = text;
  if (const size_t dash = text.find('-'); dash != std::string::npos) {
    days = std::strtod(text.c_str(), nullptr);
    rest = text.substr(dash + 1);
  }
  for (size_t start = 0; start <= rest.size();) {
    const size_t end = std::min(rest.find(':', start), rest.size());
    seconds = 60 * seconds + std::strtod(rest.substr(start, end - start).c_str(), nullptr);
    start = end + 1;
  }
  return 86400 * days + seconds;
}

bool may_pass(const std::string& complaint) {
  for (const char* words :
       {"Unable to contact slurm controller", "timed out", "emporarily", "onnection",
        "Zero Bytes were transmitted", "controller not responding"})
    if (complaint.find(words) != std::string::npos) return true;
  return false;
}

std::string last_line(const std::string& text) {
  std::vector<std::string> lines = lines_of(text);
  return lines.empty() ? "" : lines.back();
}

}  // namespace nasnet::search
