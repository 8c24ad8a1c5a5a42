// A search alone, with a dashboard and a page beside it, and with a dashboard that is attacked, in
// turn: its processor time, and whether it finds the same.
//
//   bench_watched_search [--repeats 3] [--trials 24]
//
// Children of Fashion-MNIST, one worker. "attacked": 100 connections that send a byte now and then,
// and one client that asks for the whole study again and again. Processor seconds are those of
// the search and its worker.

#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/processor_time.h"
#include "nasnet/base/error.h"
#include "nasnet/base/program.h"
#include "nasnet/dashboard/server.h"

using namespace nasnet;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

enum class Company { kNone, kPage, kAttackers };

/// Looks at the study as the page does: at all of it whenever there is news.
void look(int port, const std::atomic<bool>& ends) {
  httplib::Client events("127.0.0.1", port), client("127.0.0.1", port);
  events.set_read_timeout(20, 0);
  client.set_read_timeout(20, 0);
  events.Get("/api/v1/events", [&](const char*, size_t) {
    const auto list = client.Get("/api/v1/studies");
    if (list && list->status == 200)
      for (const json& study : json::parse(list->body).at("studies"))
        for (const char* part : {"", "/curve?points=2000", "/best?count=6"})
          client.Get(("/api/v1/studies/" + study.at("id").get<std::string>() + part).c_str());
    return !ends;
  });
}

void send_slowly(int port, const std::atomic<bool>& ends) {
  std::vector<int> sockets;
  for (int i = 0; i < 100; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
      sockets.push_back(socket);
  }
  while (!ends) {
    for (const int socket : sockets) ::send(socket, "G", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  for (const int socket : sockets) ::close(socket);
}

void ask_again_and_again(int port, const std::atomic<bool>& ends) {
  while (!ends) {
    httplib::Client client("127.0.0.1", port);
    const auto list = client.Get("/api/v1/studies");
    if (!list || list->status != 200) continue;
    for (const json& study : json::parse(list->body).at("studies"))
      client.Get(
          ("/api/v1/studies/" + study.at("id").get<std::string>() + "/trials?count=1000").c_str());
  }
}

/// The processor seconds of a search; `found` becomes its trials without their costs.
double run_search(const std::string& file, int trials, Company company, json& found) {
  fs::remove(file);
  // Its processor time is this process's, and not that of a child.
  dashboard::Catalog catalog({{fs::path(file).parent_path().string()}, ""});
  std::unique_ptr<dashboard::Server> server;
  std::vector<std::thread> guests;
  std::atomic<bool> ends = false;
  if (company != Company::kNone) {
    server = std::make_unique<dashboard::Server>(catalog, dashboard::ServerSettings{.port = 0});
    const int port = server->port();
    guests.emplace_back([&, port] { look(port, ends); });
    if (company == Company::kAttackers) {
      guests.emplace_back([&, port] { send_slowly(port, ends); });
      guests.emplace_back([&, port] { ask_again_and_again(port, ends); });
    }
  }
  const double begin = bench::children_seconds();
  const ProgramEnd end = run_program({"build/release/nasnet",
                                      "search",
                                      "--data",
                                      "fashion-mnist",
                                      "--study",
                                      file,
                                      "--trials",
                                      std::to_string(trials),
                                      "--workers",
                                      "1",
                                      "--train-images",
                                      "1000",
                                      "--validation-images",
                                      "500",
                                      "--retrain",
                                      "1",
                                      "--retrain-epochs",
                                      "1",
                                      "--seed",
                                      "1",
                                      "--quiet",
                                      "--json"},
                                     3000);
  const double seconds = bench::children_seconds() - begin;
  ends = true;
  for (std::thread& guest : guests) guest.join();
  if (end.status != 0) throw SystemError(end.error);
  const json result = json::parse(end.output);
  found = json::array();
  for (const char* arm : {"trials", "baseline"})
    for (json trial : result.at(arm)) {
      for (const char* cost : {"core_seconds", "peak_bytes"}) trial.erase(cost);
      found.push_back(std::move(trial));
    }
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  int repeats = 3, trials = 24;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--repeats") == 0) repeats = std::stoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--trials") == 0) trials = std::stoi(argv[i + 1]);
  }
  const fs::path folder = fs::temp_directory_path() / fmt::format("nasnet-watched-{}", ::getpid());
  fs::create_directories(folder);
  const std::string file = (folder / "study.db").string();
  std::vector<double> alone, watched, attacked;
  bool same = true;
  json expected, found;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    alone.push_back(run_search(file, trials, Company::kNone, expected));
    watched.push_back(run_search(file, trials, Company::kPage, found) / alone.back());
    same &= found == expected;
    attacked.push_back(run_search(file, trials, Company::kAttackers, found) / alone.back());
    same &= found == expected;
  }
  fs::remove_all(folder);
  fmt::print("alone: {:.2f} processor s; with a page: {:.3f} times that; attacked: {:.3f}\n",
             bench::median(alone), bench::median(watched), bench::median(attacked));
  fmt::print("trials and rewards: {}\n", same ? "the same" : "DIFFERENT");
  return same ? 0 : 1;
}
