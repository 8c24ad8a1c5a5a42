#pragma once

#include <functional>
#include <memory>
#include <string>

#include "nasnet/dashboard/catalog.h"
#include "nasnet/dashboard/guard.h"
#include "nasnet/dashboard/limited_server.h"

namespace nasnet::dashboard {

struct ServerSettings {
  Access access;
  int port = 8610;    ///< 0: any that is free
  int streams = 128;  ///< pages that are told of news at a time; further ones ask by themselves
  ServerLimits limits;
};

/// Serves the page and the API (docs/dashboard.md, web/openapi.json) until it is destroyed. Nothing
/// that it is asked changes anything.
class Server {
 public:
  /// Throws SystemError where the port is taken. `catalog` must outlive it.
  Server(Catalog& catalog, ServerSettings settings);
  ~Server();
  Server(const Server&) = delete;

  int port() const;
  /// The page's address, with the token where one is wanted.
  std::string address() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nasnet::dashboard
