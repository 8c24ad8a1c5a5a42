#pragma once

#include <httplib.h>

#include <string>

namespace nasnet::dashboard {

/// The readers that are welcome: everybody on this machine, or beyond it whoever has the token.
struct Access {
  std::string host = "127.0.0.1";  ///< that the server listens at
  std::string token;               ///< "": none is wanted, which only loopback may have
};

/// True if only processes of this machine reach the address: "127.0.0.1", "::1", "localhost".
bool is_loopback(const std::string& host);

/// A token that nobody guesses: 128 random bits in hexadecimal.
std::string draw_token();

/// Answers for a request that may go on: no answer. Otherwise the answer is complete: 403 for a
/// Host that is not this machine's (a page of another origin whose name was made to lead here), 401
/// without the token, 405 for a method that might change something, and a redirection that turns a
/// token in the address into a cookie.
bool is_answered_by_guard(const Access& access, const httplib::Request& request,
                          httplib::Response& response);

/// The headers that every answer has: nothing of other origins, no script within a page, no frame.
void add_security_headers(httplib::Response& response);

}  // namespace nasnet::dashboard
