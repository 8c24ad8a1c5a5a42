#include "nasnet/dashboard/guard.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"

namespace nasnet::dashboard {
namespace {

constexpr const char* kCookie = "nasnet_token";
constexpr int kRedirect = 303, kUnauthorized = 401, kForbidden = 403, kNotAllowed = 405;

void refuse(httplib::Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_content(
      nlohmann::json{{"error", why}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      "application/json");
}

/// The name in a Host header, without its port.
std::string name_of(const std::string& host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

/// The value of the cookie, "" where there is none.
std::string cookie_of(const httplib::Request& request) {
  const std::string all = request.get_header_value("Cookie");
  const std::string wanted = std::string(kCookie) + "=";
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find(';', begin), all.size());
    std::string one = all.substr(begin, end - begin);
    one.erase(0, one.find_first_not_of(' '));
    if (one.starts_with(wanted)) return one.substr(wanted.size());
    begin = end + 1;
  }
  return "";
}

/// In a time that does not tell how much of it is right.
bool is_token(const std::string& token, const std::string& given) {
  const std::string a = digest(token, "sha256"), b = digest(given, "sha256");
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool has_token(const std::string& token, const httplib::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string header = request.get_header_value("Authorization");
  if (header.starts_with(kBearer) && is_token(token, header.substr(kBearer.size()))) return true;
  return is_token(token, cookie_of(request));
}

}  // namespace

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string draw_token() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw SystemError("the system gives no random numbers for a token; give one by --token");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

bool is_answered_by_guard(const Access& access, const httplib::Request& request,
                          httplib::Response& response) {
  if (request.method != "GET" && request.method != "HEAD") {
    response.set_header("Allow", "GET, HEAD");
    refuse(response, kNotAllowed, "the dashboard shows and changes nothing: GET alone");
    return true;
  }
  if (is_loopback(access.host)) {
    const std::string name = name_of(request.get_header_value("Host"));
    if (name != "[::1]" && !is_loopback(name)) {
      refuse(response, kForbidden,
             "this dashboard is for its own machine, as localhost; nasnet dashboard --host ADDRESS "
             "serves others");
      return true;
    }
  }
  if (access.token.empty() || has_token(access.token, request)) return false;
  if (request.has_param("token") && is_token(access.token, request.get_param_value("token"))) {
    response.set_header("Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict",
                                                  kCookie, access.token));
    response.set_redirect("/", kRedirect);
    return true;
  }
  refuse(response, kUnauthorized,
         "a token is wanted: open the address that nasnet dashboard printed, or send it as "
         "Authorization: Bearer TOKEN");
  return true;
}

void add_security_headers(httplib::Response& response) {
  if (!response.has_header("Content-Security-Policy"))
    response.set_header(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  response.set_header("X-Frame-Options", "DENY");
}

}  // namespace nasnet::dashboard
