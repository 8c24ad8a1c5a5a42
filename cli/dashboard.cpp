#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/dashboard/server.h"

// `nasnet dashboard`: serves studies to a browser until it is interrupted (docs/dashboard.md).

namespace nasnet::cli {
namespace {

struct DashboardFlags {
  std::string store, host = dashboard::Access().host, token;
  int port = dashboard::ServerSettings().port;
};

template <class Visitor>
void visit_settings(Visitor& v, DashboardFlags& s) {
  v("store", s.store, "postgresql://USER@HOST/DATABASE: all studies that are in it").as("URL");
  v("port", s.port, "port to serve at; 0 for any that is free", Range{0, 65535})
      .everyone_needs_it();
  v("host", s.host,
    "address to serve at; any but this machine's own wants a token, and is unencrypted")
      .as("ADDRESS");
  v("token", s.token, "word that readers from elsewhere must know; empty: one is drawn").as("WORD");
}

void run(const DashboardFlags& flags, const std::string& place, const Common& common) {
  std::vector<std::string> paths;
  if (!place.empty() || flags.store.empty()) paths = {place.empty() ? "." : place};
  dashboard::Access access{flags.host, flags.token};
  if (access.token.empty() && !dashboard::is_loopback(access.host))
    access.token = dashboard::draw_token();
  dashboard::Catalog catalog({paths, flags.store});
  catalog.refresh();
  catch_interrupts();
  const dashboard::Server server(catalog, {.access = access, .port = flags.port});
  const size_t studies = catalog.all().size();
  if (common.json) {
    fmt::print(
        "{}\n",
        nlohmann::json{{"address", server.address()}, {"port", server.port()}, {"studies", studies}}
            .dump());
  } else {
    fmt::print("{} {} at {}\n", studies, studies == 1 ? "study" : "studies", server.address());
    if (!common.quiet) fmt::print("Ctrl-C ends it; searches go on without it.\n");
  }
  std::fflush(stdout);
  while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

}  // namespace

void add_dashboard(Program& program) {
  Options& options = program.add("dashboard", "Watch searches in a browser");
  const auto place = std::make_shared<std::string>();
  options.optional_argument("studies", *place,
                            "a study's file, or a folder of them; this folder where none is named");
  const auto flags = std::make_shared<DashboardFlags>();
  options.add(*flags);
  options.example("nasnet dashboard", "all studies of this folder");
  options.example("nasnet dashboard --store postgresql://me@host/nasnet", "those of a group");
  options.run([flags, place](const Common& common) { run(*flags, *place, common); });
}

}  // namespace nasnet::cli
