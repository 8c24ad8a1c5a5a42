#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

/// A dashboard of a folder, at a port that was free.
class Dashboard {
 public:
  explicit Dashboard(const fs::path& folder)
      : out_(folder / "dashboard.json"),
        process_({"/bin/sh", "-c", "exec \"$0\" dashboard . --port 0 --json > dashboard.json",
                  nasnet_path()},
                 folder) {
    while (process_.running() &&
           (!fs::exists(out_) || read_text(out_).find('\n') == std::string::npos))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    said_ = nlohmann::json::parse(read_text(out_));
  }
  const nlohmann::json& said() const { return said_; }
  Process& process() { return process_; }

 private:
  fs::path out_;
  Process process_;
  nlohmann::json said_;
};

TEST(DashboardVerb, ServesUntilItIsInterrupted) {
  const Folder folder;
  Dashboard dashboard(folder.path());
  EXPECT_EQ(dashboard.said().at("studies"), 0);
  dashboard.process().signal(SIGINT);
  EXPECT_EQ(dashboard.process().wait(30).status, 0);
}

TEST(DashboardVerb, RefusesWhatIsNoStudy) {
  const Folder folder;
  write_text(folder / "notes.txt", "no study");
  expect_refused(nasnet({"dashboard", "notes.txt"}, folder.path()), {"notes.txt", "no study"});
  expect_refused(nasnet({"dashboard", "nowhere"}, folder.path()), {"nowhere", "no such file"});
}

/// In a real browser, on a search that is running.
TEST(DashboardVerb, SlowEveryViewWorksInABrowser) {
  const fs::path tools = fs::path(NASNET_SOURCE_DIR) / "build/browser";
  const char* named = std::getenv("CHROMIUM");
  const fs::path chromium = named ? named : "/usr/bin/chromium";
  if (!fs::exists(tools / "node_modules/playwright-core") || !fs::exists(chromium))
    GTEST_SKIP() << "no browser is there; scripts/deps --test and scripts/oracles install it";
  const Folder folder;
  write_colour_classes(folder / "data", 40);
  Process search({nasnet_path(), "search", "--data", "data", "--study", "cells.db", "--trials",
                  "5000", "--generation", "5", "--workers", "1", "--filters", "4", "--epochs", "1",
                  "--validation-images", "20"},
                 folder.path());
  while (search.running() && !fs::exists(folder / "cells.db"))
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::this_thread::sleep_for(std::chrono::seconds(5));  // two trials at least
  Dashboard dashboard(folder.path());
  const std::string address = dashboard.said().at("address");
  // The id is the name's with a digest of its place: the only study's is asked for.
  const fs::path shots = folder / "shots";
  fs::create_directories(shots);
  const std::string script = std::string(NASNET_SOURCE_DIR) + "/tests/cli/browser/";
  Process browse({"/bin/sh", "-c",
                  "id=$(node -e 'fetch(process.argv[1] + \"api/v1/studies\").then((r) => r.json())"
                  ".then((l) => console.log(l.studies[0].id))' \"$1\") && exec node \"$0\" \"$1\" "
                  "\"$id\" \"$2\" \"$3\"",
                  script + "browse.mjs", address, tools.string(), shots.string()},
                 folder.path());
  const Outcome outcome = browse.wait(700);
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(search.running());
  search.signal(SIGKILL);
  dashboard.process().signal(SIGTERM);
  EXPECT_EQ(dashboard.process().wait(30).status, 0);
}

}  // namespace
}  // namespace nasnet::test
