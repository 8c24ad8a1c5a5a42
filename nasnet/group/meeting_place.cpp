// Requests are short and never wait on the server: whoever waits for another asks again. So a few
// threads serve any number of processes.

#include "nasnet/group/meeting_place.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/group/protocol.h"

namespace nasnet::group {

struct MeetingPlace::State {
  using Clock = std::chrono::steady_clock;
  struct Guest {
    std::string who, why_left = {};
    bool gone = false;
    Clock::time_point seen = Clock::now();
  };

  int size = 0, port = 0;
  std::mutex mutex;  // guards all below but the server
  std::map<int, Guest> guests;
  std::map<std::string, std::string> kept;
  httplib::Server server;
  std::thread thread;

  int rank_of(const httplib::Request& request) const {
    const std::string text = request.get_param_value("rank");
    const int rank = text.empty() || text.size() > 6 ? -1 : std::atoi(text.c_str());
    return rank < size ? rank : -1;
  }

  void refuse(httplib::Response& response, int status, const std::string& why) {
    response.status = status;
    response.set_content(why, "text/plain");
  }

  /// Answers with the address that the process is seen at: the one that others reach it at.
  void come(const httplib::Request& request, httplib::Response& response) {
    const int rank = rank_of(request);
    if (request.get_param_value("size") != std::to_string(size) || rank < 0)
      return refuse(
          response, kConflict,
          fmt::format("the group here is of {} processes, and this one is number {} of {}", size,
                      request.get_param_value("rank"), request.get_param_value("size")));
    const auto [guest, is_new] = guests.try_emplace(rank, Guest{request.body});
    if (!is_new && guest->second.who != request.body)
      return refuse(response, kConflict,
                    fmt::format("rank {} is taken already, by {}", rank, guest->second.who));
    response.set_content(request.remote_addr, "text/plain");
  }

  void keep(const httplib::Request& request, httplib::Response&) {
    kept[request.get_header_value(kNameHeader)] = request.body;
  }

  void give(const httplib::Request& request, httplib::Response& response) {
    const auto found = kept.find(request.get_header_value(kNameHeader));
    if (found == kept.end()) return refuse(response, kMissing, "nothing of this name yet");
    response.set_content(found->second, "application/octet-stream");
  }

  void leave(const httplib::Request& request, httplib::Response& response) {
    const auto guest = guests.find(rank_of(request));
    if (guest == guests.end()) return refuse(response, kWrong, "nobody of this rank has come");
    guest->second.gone = true;
    // An error that was told before the end stays.
    if (!request.body.empty()) guest->second.why_left = request.body;
  }

  /// A sign of life, answered with what is known of all: an array by rank of null, where none has
  /// come, or {"who", "gone", "silent": seconds, "left"}.
  void beat(const httplib::Request& request, httplib::Response& response) {
    const auto now = Clock::now();
    const auto own = guests.find(rank_of(request));
    if (own != guests.end()) own->second.seen = now;
    nlohmann::json all = nlohmann::json::array();
    for (int rank = 0; rank < size; ++rank) {
      const auto guest = guests.find(rank);
      all.push_back(nullptr);
      if (guest == guests.end()) continue;
      const std::chrono::duration<double> silent = now - guest->second.seen;
      all.back() = {{"who", guest->second.who},
                    {"gone", guest->second.gone},
                    {"silent", silent.count()},
                    {"left", guest->second.why_left}};
    }
    using Replace = nlohmann::json::error_handler_t;
    response.set_content(all.dump(-1, ' ', false, Replace::replace), "application/json");
  }

  using Answer = void (State::*)(const httplib::Request&, httplib::Response&);
  httplib::Server::Handler locked(Answer answer) {
    return [this, answer](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      (this->*answer)(request, response);
    };
  }
};

MeetingPlace::MeetingPlace(const std::string& host, int port, int size)
    : state_(std::make_unique<State>()) {
  state_->size = size;
  httplib::Server& server = state_->server;
  server.Post("/come", state_->locked(&State::come));
  server.Post("/keep", state_->locked(&State::keep));
  server.Get("/give", state_->locked(&State::give));
  server.Post("/leave", state_->locked(&State::leave));
  server.Post("/beat", state_->locked(&State::beat));
  constexpr size_t kLargest = 16 << 20;  // more than the addresses of thousands
  server.set_payload_max_length(kLargest);
  // The library's own choice lets two servers have one port, and neither would know.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  state_->port = port;
  const bool bound = port > 0 ? server.bind_to_port(host, port)
                              : (state_->port = server.bind_to_any_port(host)) > 0;
  if (!bound)
    throw SystemError(fmt::format(
        "the processes cannot meet at {}:{} ({}); free the port, or choose another MASTER_PORT",
        host, port, std::strerror(errno)));
  state_->thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
}

MeetingPlace::~MeetingPlace() {
  state_->server.stop();
  state_->thread.join();
}

int MeetingPlace::port() const {
  return state_->port;
}

}  // namespace nasnet::group
