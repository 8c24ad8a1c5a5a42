// How soon the dashboard shows a large study, and the time that viewers of one cost its process:
//
//   bench_dashboard [--trials 100000,1000000] [--viewers 64] [--serve 0]
//
// "points" are the answers of its scatter page and of its choices, first and again. With --serve 1
// each study is served until a line is read: `node bench/dashboard_pan.mjs ADDRESS ID TOOLS` then
// counts the frames of a chart that is panned.
//
// "first" is the first look at a study that nobody has looked at: its page's answers (the study,
// its curve in 2,000 points, its best cells). "again" is the same a second later. Seconds are of
// the whole process on its processors; clocks beside them depend on what else the machine does.

#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include "bench/processor_time.h"
#include "nasnet/base/error.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/dashboard/server.h"
#include "nasnet/search/study/search_settings.h"
#include "nasnet/search/study/stored_study.h"
#include "tests/search/study/large_study.h"

using namespace nasnet;

namespace {

struct Times {
  double processor = bench::process_seconds(), clock = bench::seconds(false);
  std::string since() const {
    return fmt::format("{:.2f} processor s, {:.2f} s", bench::process_seconds() - processor,
                       bench::seconds(false) - clock);
  }
};

void write_study(const std::string& file, int64_t trials) {
  search::SearchSettings settings;
  settings.study_file = file;
  settings.study.trials = trials;
  {
    const auto store = search::open_store("", file, search::OpenMode::kDrive);
    store->drive(search::this_owner(search::Role::kDriver));
    settle_study(*store, settings, 1, network::DeviceChoice::kCpu, {});
  }
  const auto space = search::make_space(settings);
  search::write_large_study([&] { return search::open_sqlite(file, search::OpenMode::kDrive); },
                            search::make_spec(settings, *space, 1));
}

/// Asks for all that the page of a study asks for; the bytes of the answers.
size_t open_page(int port, const std::string& id,
                 const std::vector<const char*>& parts = {"", "/curve?points=2000",
                                                          "/best?count=6"}) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(100, 0);
  size_t bytes = 0;
  for (const char* part : parts) {
    const auto answer = client.Get(("/api/v1/studies/" + id + part).c_str());
    if (!answer || answer->status != 200) throw SystemError("no answer from the dashboard");
    bytes += answer->body.size();
  }
  return bytes;
}

void measure(int64_t trials, int viewers, bool serve, const std::string& folder) {
  const std::string file = fmt::format("{}/{}.db", folder, trials);
  write_study(file, trials);
  const int64_t before = resident_memory();
  dashboard::Catalog catalog({{file}, ""});
  const dashboard::Server server(catalog, {.port = 0});
  const std::string id = dashboard::make_id("", file);
  Times first;
  const size_t bytes = open_page(server.port(), id);
  fmt::print("{} trials of each arm: first {}, {:.0f} kB of answers, {:.0f} MB of memory\n", trials,
             first.since(), static_cast<double>(bytes) / 1e3,
             static_cast<double>(resident_memory() - before) / 1e6);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  Times again;
  open_page(server.port(), id);
  fmt::print("  again {}\n", again.since());
  const std::vector<const char*> points = {
      "/points?columns=parameters,reward,number,core_seconds,normal.0.left_op&points=1500",
      "/shares?windows=40", "/effects?by=group"};
  for (const char* when : {"first", "again"}) {
    for (const char* part : points) {
      Times one;
      const size_t size = open_page(server.port(), id, {part});
      fmt::print("  {} {} {}, {:.0f} kB\n", when, std::string(part).substr(0, 8), one.since(),
                 static_cast<double>(size) / 1e3);
    }
  }
  fmt::print("  with its tables {:.0f} MB of memory\n",
             static_cast<double>(resident_memory() - before) / 1e6);
  if (serve) {
    fmt::print("{} {}\n", server.address(), id);
    std::fflush(stdout);
    std::getchar();
  }

  std::vector<std::thread> threads;
  std::atomic<bool> ends = false;
  for (int i = 0; i < viewers; ++i)
    threads.emplace_back([&] {
      httplib::Client client("127.0.0.1", server.port());
      client.set_read_timeout(20, 0);
      client.Get("/api/v1/events", [&](const char*, size_t) { return !ends; });
    });
  std::this_thread::sleep_for(std::chrono::seconds(2));
  constexpr double kSeconds = 10;
  const double begin = bench::process_seconds();
  std::this_thread::sleep_for(std::chrono::duration<double>(kSeconds));
  fmt::print("  {} viewers without news: {:.2f} % of a core\n", viewers,
             100 * (bench::process_seconds() - begin) / kSeconds);
  std::fflush(stdout);
  ends = true;
  for (std::thread& thread : threads) thread.join();  // with the next heartbeat
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int64_t> sizes = {100000, 1000000};
  int viewers = 64;
  bool serve = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--viewers") == 0) viewers = std::stoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--serve") == 0) serve = std::strcmp(argv[i + 1], "0") != 0;
    if (std::strcmp(argv[i], "--trials") == 0) {
      sizes.clear();
      for (const char* text = argv[i + 1]; *text != '\0';) {
        char* end = nullptr;
        sizes.push_back(std::strtoll(text, &end, 10));
        text = *end == ',' ? end + 1 : end;
      }
    }
  }
  const std::string folder = fmt::format("/tmp/nasnet-dashboard-{}", ::getpid());
  std::filesystem::create_directories(folder);
  for (const int64_t trials : sizes) measure(trials, viewers, serve, folder);
  std::filesystem::remove_all(folder);
}
