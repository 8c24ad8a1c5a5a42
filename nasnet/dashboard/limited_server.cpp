#include "nasnet/dashboard/limited_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>

namespace nasnet::dashboard {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Between two looks at whether the server ends.
constexpr auto kSlice = std::chrono::milliseconds(200);

/// Waits until the socket can be read from or written to; false at `end`, or where `give_up` says
/// so.
template <class GiveUp>
bool await(int socket, short events, Clock::time_point end, const GiveUp& give_up) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0 || give_up()) return false;
    pollfd one = {socket, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::min(left, kSlice).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// One connection, whose requests are bounded in bytes and time.
class BoundedStream : public httplib::Stream {
 public:
  BoundedStream(int socket, const ServerLimits& limits) : socket_(socket), limits_(limits) {}

  void begin_request() {
    read_ = 0;
    end_ = Clock::now() +
           std::chrono::duration_cast<Clock::duration>(Seconds(limits_.request_seconds));
  }

  bool is_readable() const override {
    pollfd one = {socket_, POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
  }
  bool is_writable() const override {
    // A client that has gone reads as the end of its requests.
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
  }
  ssize_t read(char* bytes, size_t size) override {
    if (read_ >= limits_.request_bytes) return -1;
    size = std::min(size, limits_.request_bytes - read_);
    if (!await(socket_, POLLIN, end_, [] { return false; })) return -1;
    const ssize_t got = ::recv(socket_, bytes, size, 0);
    if (got > 0) read_ += static_cast<size_t>(got);
    return got;
  }
  ssize_t write(const char* bytes, size_t size) override {
    const auto end = Clock::now() +
                     std::chrono::duration_cast<Clock::duration>(Seconds(limits_.stalled_seconds));
    if (!await(socket_, POLLOUT, end, [] { return false; })) return -1;
    return ::send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    address(::getpeername, ip, port);
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    address(::getsockname, ip, port);
  }
  socket_t socket() const override { return socket_; }

 private:
  template <class Ask>
  void address(Ask ask, std::string& ip, int& port) const {
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    if (ask(socket_, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return;
    char text[INET6_ADDRSTRLEN] = "";
    if (storage.ss_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
      ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
      port = ntohs(v4->sin_port);
    } else if (storage.ss_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
      ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
      port = ntohs(v6->sin6_port);
    }
    ip = text;
  }

  int socket_;
  const ServerLimits& limits_;
  size_t read_ = 0;
  Clock::time_point end_;
};

/// A thread a connection: one that streams events holds its own for hours.
class ConnectionThreads : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> connection) override {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    try {
      std::thread([this, connection = std::move(connection)] {
        connection();
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) ended_.notify_all();
      }).detach();
    } catch (const std::system_error&) {  // no more threads: it must be closed all the same
      connection();
      const std::lock_guard lock(mutex_);
      --running_;
    }
  }
  void shutdown() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
};

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n"
    "Retry-After: 5\r\n\r\n";

}  // namespace

LimitedServer::LimitedServer(ServerLimits limits) : limits_(limits) {
  new_task_queue = [] { return new ConnectionThreads; };
}

bool LimitedServer::process_and_close_socket(socket_t socket) {
  bool good = true;
  if (++connections_ > limits_.connections) {
    ::send(socket, kTooMany.data(), kTooMany.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    good = false;
  }
  BoundedStream stream(socket, limits_);
  for (int left = limits_.requests; good && left > 0; --left) {
    const auto end =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(limits_.idle_seconds));
    if (!await(socket, POLLIN, end, [this] { return closing(); })) break;
    stream.begin_request();
    bool closed = false;
    good = process_request(stream, left == 1, closed, nullptr);
    if (closed) break;
  }
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  --connections_;
  return good;
}

}  // namespace nasnet::dashboard
