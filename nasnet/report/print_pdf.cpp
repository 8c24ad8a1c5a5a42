#include "nasnet/report/print_pdf.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <unistd.h>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/base/program.h"

// A browser lays a page out as no library does; it is run as a program, and need not be there.

namespace nasnet::report {
namespace {

namespace fs = std::filesystem;

constexpr double kLongestPrint = 120;  // seconds; a report of many cells takes two

/// A folder that is gone with this object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "nasnet-pdf-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw SystemError(fmt::format("--pdf: cannot make a folder in {}: {}; set TMPDIR to one",
                                    fs::temp_directory_path().string(), std::strerror(errno)));
    path_ = name;
  }
  ~TemporaryFolder() {
    // Processes of a browser that has just ended may still write their last files.
    std::error_code error;
    for (int i = 0; i < 20; ++i) {
      fs::remove_all(path_, error);
      if (!error && !fs::exists(path_, error)) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string find_browser() {
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
    if (std::string path = find_program(name); !path.empty()) return path;
  throw SystemError(
      "--pdf prints through Chromium, which is not installed; install the package chromium, or "
      "print the report from any browser");
}

/// The last line of its complaints that says anything.
std::string last_words(const std::string& error) {
  std::string line = error;
  while (line.ends_with('\n')) line.pop_back();
  line = line.substr(line.rfind('\n') + 1);
  return line.empty() ? "it said nothing" : printable(line.substr(0, 300));
}

}  // namespace

void print_pdf(const std::string& page, const fs::path& pdf) {
  const std::string browser = find_browser();
  const TemporaryFolder folder;
  write_file(folder / "report.html", page);
  std::vector<std::string> words = {browser,
                                    "--headless",
                                    "--disable-gpu",
                                    "--disable-dev-shm-usage",
                                    "--disable-extensions",
                                    "--disable-background-networking",
                                    "--disable-component-update",
                                    "--disable-sync",
                                    "--disable-breakpad",
                                    "--no-first-run",
                                    "--no-default-browser-check",
                                    "--host-resolver-rules=MAP * ~NOTFOUND",
                                    "--no-pdf-header-footer",
                                    "--user-data-dir=" + (folder / "profile").string(),
                                    "--print-to-pdf=" + (folder / "report.pdf").string()};
  // Its sandbox refuses root; the page is ours, and has no script.
  if (::geteuid() == 0) words.emplace_back("--no-sandbox");
  words.push_back("file://" + (folder / "report.html").string());
  const ProgramEnd end = run_program(words, kLongestPrint);
  check_interrupt();
  if (!end.in_time)
    throw SystemError(
        fmt::format("--pdf: {} took longer than {:.0f} s; print the report from a "
                    "browser",
                    browser, kLongestPrint));
  if (end.status != 0 || !fs::exists(folder / "report.pdf"))
    throw SystemError(fmt::format("--pdf: {} failed: {}", browser, last_words(end.error)));
  write_file(pdf, read_file(folder / "report.pdf"));
}

}  // namespace nasnet::report
