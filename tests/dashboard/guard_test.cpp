#include "nasnet/dashboard/guard.h"

#include <gtest/gtest.h>

namespace nasnet::dashboard {
namespace {

httplib::Request request(const std::string& host) {
  httplib::Request request;
  request.method = "GET";
  request.path = "/";
  request.set_header("Host", host);
  return request;
}

/// The status of the guard's answer; 0 where the request may go on.
int status(const Access& access, const httplib::Request& request) {
  httplib::Response response;
  return is_answered_by_guard(access, request, response) ? response.status : 0;
}

TEST(Guard, OnLoopbackOnlyThisMachinesNamesAreAnswered) {
  for (const char* host : {"127.0.0.1:8610", "localhost:8610", "localhost", "[::1]:8610", "[::1]"})
    EXPECT_EQ(status({}, request(host)), 0) << host;
  for (const char* host : {"evil.example:8610", "", "localhost.evil.example", "10.0.0.1",
                           "evil.example#127.0.0.1", "[::2]", "127evil.example"})
    EXPECT_EQ(status({}, request(host)), 403) << host;
}

TEST(Guard, MethodsThatMightChangeSomethingAreRefused) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    httplib::Request one = request("localhost");
    one.method = method;
    EXPECT_EQ(status({}, one), 405) << method;
  }
}

TEST(Guard, BeyondLoopbackTheTokenIsWanted) {
  const Access access = {"0.0.0.0", "secret"};
  EXPECT_EQ(status(access, request("host")), 401);
  httplib::Request one = request("host");
  one.set_header("Authorization", "Bearer secret");
  EXPECT_EQ(status(access, one), 0);
  for (const char* wrong : {"Bearer secre", "Bearer secrets", "Bearer", "secret", "Basic secret"}) {
    one = request("host");
    one.set_header("Authorization", wrong);
    EXPECT_EQ(status(access, one), 401) << wrong;
  }
  for (const char* cookie : {"nasnet_token=secret", "a=b; nasnet_token=secret; c=d"}) {
    one = request("host");
    one.set_header("Cookie", cookie);
    EXPECT_EQ(status(access, one), 0) << cookie;
  }
  one = request("host");
  one.set_header("Cookie", "x_nasnet_token=secret; nasnet_token=; ;;=");
  EXPECT_EQ(status(access, one), 401);
}

TEST(Guard, ATokenInTheAddressBecomesACookie) {
  httplib::Request one = request("host");
  one.params.emplace("token", "secret");
  httplib::Response response;
  EXPECT_TRUE(is_answered_by_guard({"0.0.0.0", "secret"}, one, response));
  EXPECT_EQ(response.status, 303);
  const std::string cookie = response.get_header_value("Set-Cookie");
  EXPECT_NE(cookie.find("nasnet_token=secret;"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  one.params.clear();
  one.params.emplace("token", "other");
  EXPECT_EQ(status({"0.0.0.0", "secret"}, one), 401);
}

TEST(Guard, TokensAreDrawn) {
  const std::string token = draw_token();
  EXPECT_EQ(token.size(), 32u);
  EXPECT_NE(token, draw_token());
}

}  // namespace
}  // namespace nasnet::dashboard
