#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet::logs {

/// A value of a curve.
struct Point {
  std::string tag;
  int64_t step = 0;
  double value = 0;  ///< stored as a float
  double when = 0;   ///< seconds since 1970; 0: when it was written first
};

/// TensorBoard's file of events in a folder (a "run"): records of TFRecord, each a message Event
/// (tensorflow/core/util/event.proto).
///
/// Each writer begins a new file that says all anew, and then takes the place of the one that it
/// wrote before: nothing is twice or missing after a resumption, whatever was lost. A viewer that
/// runs meanwhile drops the older points, as the file begins with a restart (SessionLog) at step 0.
/// Times of points that the older file has stay. A process that is killed leaves a record cut at
/// most, at the end, where viewers wait for the rest.
class EventFile {
 public:
  /// `identity`: of what is logged; files of other identities in the folder stay. Throws
  /// SystemError as all calls do, where the disk is full for instance.
  EventFile(std::filesystem::path folder, const std::string& identity);
  /// Leaves nothing behind where publish() was never reached.
  ~EventFile();
  EventFile(const EventFile&) = delete;

  void add(const Point& point);
  /// A PNG file.
  void add_image(const std::string& tag, int64_t step, std::string_view png);
  void add_text(const std::string& tag, int64_t step, const std::string& text);
  /// Writes what was added; the first time the file gets its name, and older ones go.
  void publish();

  const std::filesystem::path& path() const { return path_; }

 private:
  struct Old {
    int64_t step = 0;
    double when = 0;
  };
  void read_old(const std::filesystem::path& file);
  double time_of(const Point& point) const;
  void put(int64_t step, double when, int field, std::string_view content);
  void write_waiting();

  std::filesystem::path folder_, temporary_, path_;
  std::vector<std::filesystem::path> before_;
  std::map<std::string, std::vector<Old>> old_;  // by tag, by step
  std::string waiting_;                          // records
  int64_t written_ = 0;                          // bytes
  int descriptor_ = -1;
  bool published_ = false;
};

}  // namespace nasnet::logs
