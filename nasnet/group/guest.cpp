#include "nasnet/group/guest.h"

#include <fmt/format.h>
#include <httplib.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_id.h"
#include "nasnet/group/protocol.h"

// Waiting is asking again: the place answers at once.

namespace nasnet::group {
namespace {

constexpr auto kPause = std::chrono::milliseconds(20);

std::chrono::microseconds microseconds(double seconds) {
  return std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6));
}

}  // namespace

struct Guest::State {
  Place place;
  double patience;
  httplib::Client client;

  State(const Place& at, double seconds) : place(at), patience(seconds), client(at.host, at.port) {
    // A server that ends waits for connections that are kept.
    client.set_keep_alive(false);
    client.set_tcp_nodelay(true);
    client.set_connection_timeout(microseconds(seconds));
    client.set_read_timeout(microseconds(seconds));
    client.set_write_timeout(microseconds(seconds));
  }

  SystemError unreachable(const std::string& why) const {
    return SystemError(
        fmt::format("the meeting place of the processes, {}:{}, {}", place.host, place.port, why));
  }

  std::string target(const std::string& path) const {
    return fmt::format("{}?rank={}&size={}", path, place.rank, place.size);
  }

  httplib::Response post(const std::string& path, const std::string& body,
                         const httplib::Headers& headers = {}) {
    httplib::Result result = client.Post(path, headers, body, "application/octet-stream");
    if (!result) throw unreachable("does not answer (" + httplib::to_string(result.error()) + ")");
    return *result;
  }
};

Guest::Guest(const Place& place, double patience)
    : state_(std::make_unique<State>(place, patience)) {}

Guest::~Guest() = default;

std::string Guest::come() {
  const auto end = std::chrono::steady_clock::now() + microseconds(state_->patience);
  const std::string who = to_text(this_process());
  for (;;) {
    check_interrupt("stopped while waiting for the other processes");
    const httplib::Result result = state_->client.Post(state_->target("/come"), who, "text/plain");
    if (result && result->status == kConflict)
      throw InputError(
          fmt::format("{} ({}): {}", state_->place.host, state_->place.said_by, result->body));
    if (result && result->status == kDone) return result->body;
    if (std::chrono::steady_clock::now() >= end)
      throw state_->unreachable(fmt::format(
          "was not found in {:g} s ({}): it is where the process of rank 0 runs; is MASTER_ADDR or "
          "MASTER_PORT another's?",
          state_->patience, result ? result->body : httplib::to_string(result.error())));
    std::this_thread::sleep_for(kPause);
  }
}

void Guest::keep(const std::string& name, const std::string& value) {
  state_->post(state_->target("/keep"), value, {{kNameHeader, name}});
}

std::string Guest::give(const std::string& name) {
  const auto end = std::chrono::steady_clock::now() + microseconds(state_->patience);
  const std::string path = state_->target("/give");
  for (;;) {
    check_interrupt("stopped while waiting for the other processes");
    const httplib::Result result = state_->client.Get(path, {{kNameHeader, name}});
    if (!result)
      throw state_->unreachable("does not answer (" + httplib::to_string(result.error()) + ")");
    if (result->status == kDone) return result->body;
    if (std::chrono::steady_clock::now() >= end)
      throw state_->unreachable("has not been told of all processes");
    std::this_thread::sleep_for(kPause);
  }
}

std::vector<Guest::Peer> Guest::beat() {
  const httplib::Response answer = state_->post(state_->target("/beat"), "");
  std::vector<Peer> peers;
  try {
    for (const nlohmann::json& one : nlohmann::json::parse(answer.body)) {
      Peer& peer = peers.emplace_back();
      if (one.is_null()) continue;
      peer = {true, one.at("gone"), one.at("who"), one.at("silent"), one.at("left")};
    }
  } catch (const nlohmann::json::exception&) {
    throw state_->unreachable("answers what a meeting place would not: something else is there");
  }
  if (std::ssize(peers) != state_->place.size)
    throw state_->unreachable("is that of other processes");
  return peers;
}

void Guest::leave(const std::string& why) {
  state_->post(state_->target("/leave"), why);
}

}  // namespace nasnet::group
