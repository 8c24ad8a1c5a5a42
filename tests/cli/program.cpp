#include "tests/cli/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <png.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace nasnet::test {

namespace fs = std::filesystem;

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "nasnet-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make " + pattern);
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> Folder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(path_))
    if (!entry.is_directory()) names.push_back(fs::relative(entry.path(), path_).string());
  std::sort(names.begin(), names.end());
  return names;
}

Process::Process(const std::vector<std::string>& command, const fs::path& folder,
                 const std::map<std::string, std::string>& environment) {
  const std::string out = (output_ / "out").string(), err = (output_ / "err").string();
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    const int in = ::open("/dev/null", O_RDONLY);
    const int out_file = ::open(out.c_str(), flags, 0600);
    const int err_file = ::open(err.c_str(), flags, 0600);
    if (in < 0 || out_file < 0 || err_file < 0) ::_exit(126);
    ::dup2(in, 0);
    ::dup2(out_file, 1);
    ::dup2(err_file, 2);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
}

Process::~Process() {
  if (running()) wait(0);
}

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);  // a pid of 0 would mean this test itself
}

bool Process::running() {
  if (pid_ <= 0) return false;
  rusage used{};
  if (::wait4(pid_, &status_, WNOHANG, &used) == 0) return true;
  peak_ = int64_t{used.ru_maxrss} * 1024;
  pid_ = 0;
  return false;
}

Outcome Process::wait(double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (running()) {
    if (std::chrono::steady_clock::now() > end) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status_, 0);
      pid_ = 0;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  Outcome outcome;
  outcome.status = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  outcome.peak = peak_;
  outcome.out = read_text(output_ / "out");
  outcome.err = read_text(output_ / "err");
  return outcome;
}

std::string nasnet_path() {
  return std::string(NASNET_BINARY_DIR) + "/nasnet";
}

Outcome nasnet(const std::vector<std::string>& arguments, const fs::path& folder) {
  std::vector<std::string> command = {nasnet_path()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Process(command, folder).wait();
}

nlohmann::json last_json(const Outcome& outcome) {
  std::string text = outcome.out;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t start = text.rfind('\n');
  if (start != std::string::npos) text = text.substr(start + 1);
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << "no JSON: " << text << "\n" << outcome.err;
  return json;
}

void expect_refused(const Outcome& outcome, const std::vector<std::string>& parts) {
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(outcome.err.starts_with("nasnet: ")) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  for (const std::string& part : parts)
    EXPECT_NE(outcome.err.find(part), std::string::npos)
        << "no '" << part << "' in " << outcome.err;
}

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_png(const fs::path& path, int width, int height, int red, int green, int blue,
               int grain) {
  fs::create_directories(path.parent_path());
  std::vector<unsigned char> pixels;
  for (int i = 0; i < width * height; ++i) {
    const int noise = (i * 37 + grain * 101) % 40;
    for (const int value : {red, green, blue})
      pixels.push_back(static_cast<unsigned char>(std::clamp(value + noise, 0, 255)));
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB;
  if (!png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr))
    throw std::runtime_error("cannot write " + path.string());
}

void write_colour_classes(const fs::path& folder, int per_class) {
  for (int i = 0; i < per_class; ++i) {
    const std::string name = std::to_string(i) + ".png";
    write_png(folder / "red" / name, 16, 16, 200, 20, 20, i);
    write_png(folder / "green" / name, 16, 16, 20, 200, 20, i);
    write_png(folder / "blue" / name, 16, 16, 20, 20, 200, i);
  }
}

}  // namespace nasnet::test
