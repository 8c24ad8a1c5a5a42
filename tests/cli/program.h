#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nasnet::test {

/// How a command ended, and its output.
struct Outcome {
  int status = -1;  ///< exit status; 128 + n where signal n ended it
  std::string out, err;
  int64_t peak = 0;  ///< bytes of memory that it had at most
};

/// A folder that lives as long as the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  /// Names of all files below it, sorted.
  std::vector<std::string> files() const;

 private:
  std::filesystem::path path_;
};

/// A program that runs beside the test, with its output going to files.
class Process {
 public:
  Process(const std::vector<std::string>& command, const std::filesystem::path& folder,
          const std::map<std::string, std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  int id() const { return pid_; }
  void signal(int number);
  bool running();
  /// Waits for its end, kills it after `seconds`.
  Outcome wait(double seconds = 300);

 private:
  int pid_;
  int status_ = -1;
  int64_t peak_ = 0;
  Folder output_;
};

/// Time since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Runs `nasnet ARGUMENTS` in `folder`.
Outcome nasnet(const std::vector<std::string>& arguments,
               const std::filesystem::path& folder = ".");
std::string nasnet_path();

/// The last line of what was printed, as JSON.
nlohmann::json last_json(const Outcome& outcome);

/// Expects the form that every error has: status 2, nothing on standard output, one line on
/// standard error that begins with "nasnet: " and holds all of `parts`.
void expect_refused(const Outcome& outcome, const std::vector<std::string>& parts);

void write_text(const std::filesystem::path& path, const std::string& text);
std::string read_text(const std::filesystem::path& path);

/// A PNG of one colour with a little of `grain` in it, so that equal colours still differ.
void write_png(const std::filesystem::path& path, int width, int height, int red, int green,
               int blue, int grain);
/// `per_class` pictures in each of red/, green/ and blue/, 16 x 16.
void write_colour_classes(const std::filesystem::path& folder, int per_class);

}  // namespace nasnet::test
