#include "nasnet/dashboard/server.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/dashboard/api.h"
#include "nasnet/dashboard/page_files.h"

// All requests go through one function that takes paths apart by itself: the library's routes are
// regular expressions, which a long path sends into a deep recursion.

namespace nasnet::dashboard {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kNoPage = 404, kBusy = 503;
/// Between two looks at the studies, while somebody is told of news.
constexpr auto kLook = milliseconds(500);
/// A stream without news says that it is there.
constexpr auto kHeartbeat = std::chrono::seconds(10);

/// The parts of "/api/v1/studies/x".
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t begin = 1; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

struct Server::State {
  Catalog& catalog;
  const ServerSettings settings;
  LimitedServer server;
  int port = 0;
  std::thread serving, looking;
  std::atomic<int> streams = 0;
  std::mutex mutex;  // guards the rest
  std::condition_variable changed;
  int64_t revision = 0;
  bool ends = false;

  State(Catalog& studies, ServerSettings chosen)
      : catalog(studies), settings(std::move(chosen)), server(settings.limits) {}

  void answer(const httplib::Request& request, httplib::Response& response) {
    const std::vector<std::string> path = parts_of(request.path);
    if (is_answered_by_guard(settings.access, request, response)) {
      // Nothing more to say.
    } else if (path.size() == 3 && path[0] == "api" && path[1] == "v1" && path[2] == "events") {
      stream_events(response);
    } else if (!path.empty() && path[0] == "api") {
      answer_api_version(path, request, response);
    } else {
      answer_page(request, response);
    }
    add_security_headers(response);
  }

  void answer_api_version(const std::vector<std::string>& path, const httplib::Request& request,
                          httplib::Response& response) {
    if (path.size() == 3 && path[1] == "v1" && path[2] == "openapi.json") {
      answer_file("/openapi.json", response);
    } else if (path.size() > 2 && path[1] == "v1") {
      answer_api(catalog, {path.begin() + 2, path.end()}, request, response);
    } else {
      answer_error(response, kNoPage, "the API is at /api/v1; /api/v1/openapi.json describes it");
    }
  }

  bool answer_file(std::string_view path, httplib::Response& response) {
    for (const PageFile& file : page_files()) {
      if (file.path != path) continue;
      response.set_header("Cache-Control", "no-cache");
      response.set_content(file.bytes.data(), file.bytes.size(), std::string(file.type));
      return true;
    }
    return false;
  }

  /// Addresses of views are the page's own to understand; a name with a dot is a file.
  void answer_page(const httplib::Request& request, httplib::Response& response) {
    if (answer_file(request.path, response)) return;
    if (request.path.find('.') == std::string::npos && answer_file("/index.html", response)) return;
    answer_error(response, kNoPage, "there is no such page");
  }

  /// Server-sent events: "news" with the catalog's revision, at first and whenever it has grown.
  void stream_events(httplib::Response& response) {
    if (++streams > settings.streams) {
      --streams;
      response.set_header("Retry-After", "30");
      answer_error(response, kBusy,
                   fmt::format("{} pages are told of news already; ask again, or ask the API for "
                               "what is wanted",
                               settings.streams));
      return;
    }
    response.set_header("Cache-Control", "no-store");
    response.set_chunked_content_provider(
        "text/event-stream",
        [this, told = int64_t{-1}](size_t, httplib::DataSink& sink) mutable {
          std::unique_lock lock(mutex);
          changed.wait_for(lock, kHeartbeat, [&] { return ends || revision != told; });
          if (ends) return false;
          const std::string text = revision == told
                                       ? std::string(": still here\n\n")
                                       : fmt::format("event: news\ndata: {}\n\n", revision);
          told = revision;
          lock.unlock();
          return sink.write(text.data(), text.size());
        },
        [this](bool) { --streams; });
  }

  /// Looks at the studies as long as somebody wants to be told.
  void look() {
    std::unique_lock lock(mutex);
    while (!ends) {
      if (streams > 0) {
        lock.unlock();
        catalog.refresh();
        const int64_t found = catalog.revision();
        lock.lock();
        if (found != revision) {
          revision = found;
          changed.notify_all();
        }
      }
      changed.wait_for(lock, kLook, [&] { return ends; });
    }
  }
};

Server::Server(Catalog& catalog, ServerSettings settings)
    : state_(std::make_unique<State>(catalog, std::move(settings))) {
  State& state = *state_;
  LimitedServer& server = state.server;
  server.set_payload_max_length(state.settings.limits.request_bytes);
  // The library's own choice lets two servers have one port, and neither would know.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_tcp_nodelay(true);
  server.set_pre_routing_handler(
      [&state](const httplib::Request& request, httplib::Response& response) {
        state.answer(request, response);
        return httplib::Server::HandlerResponse::Handled;
      });
  // Answers to requests that were not understood.
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (response.body.empty()) answer_error(response, response.status, "no good request");
    add_security_headers(response);
  });
  const std::string& host = state.settings.access.host;
  state.port = state.settings.port;
  const bool bound = state.port > 0 ? server.bind_to_port(host, state.port)
                                    : (state.port = server.bind_to_any_port(host)) > 0;
  if (!bound)
    throw SystemError(
        fmt::format("cannot serve at {}:{} ({}); choose another --port, or stop "
                    "what has it",
                    host, state.settings.port, std::strerror(errno)));
  state.serving = std::thread([&server] { server.listen_after_bind(); });
  state.looking = std::thread([&state] { state.look(); });
  while (!server.is_running()) std::this_thread::yield();
}

Server::~Server() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ends = true;
  }
  state_->changed.notify_all();
  state_->server.close_idle();
  state_->server.stop();
  state_->looking.join();
  state_->serving.join();
}

int Server::port() const {
  return state_->port;
}

std::string Server::address() const {
  const Access& access = state_->settings.access;
  const bool numbers = access.host.find(':') != std::string::npos;  // IPv6
  const std::string host = numbers ? "[" + access.host + "]" : access.host;
  return fmt::format("http://{}:{}/{}", host, state_->port,
                     access.token.empty() ? "" : "?token=" + access.token);
}

}  // namespace nasnet::dashboard
