#pragma once

#include <httplib.h>

#include <atomic>

namespace nasnet::dashboard {

/// The bounds that keep one client from taking the server from the others.
struct ServerLimits {
  int connections = 256;             ///< at a time; further ones are answered 503
  size_t request_bytes = 64 * 1024;  ///< line, headers and body of one request
  double request_seconds = 10;       ///< from a request's first byte to its last
  double stalled_seconds = 10;       ///< in which a client must take something of its answer
  double idle_seconds = 30;          ///< between two requests of a connection
  int requests = 1000;               ///< of one connection
};

/// cpp-httplib's server with a thread a connection, and with bounds on whole requests: its own
/// time-outs begin anew with every byte.
class LimitedServer : public httplib::Server {
 public:
  explicit LimitedServer(ServerLimits limits = {});

  /// The connections there are.
  int connections() const { return connections_; }
  /// Makes connections that wait for a request end; stop() alone waits for their idle time.
  void close_idle() { closing_ = true; }
  bool closing() const { return closing_; }

 private:
  bool process_and_close_socket(socket_t socket) override;

  const ServerLimits limits_;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> closing_ = false;
};

}  // namespace nasnet::dashboard
