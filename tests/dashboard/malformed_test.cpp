#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "nasnet/base/random.h"
#include "nasnet/dashboard/server.h"
#include "tests/dashboard/studies.h"

namespace nasnet::dashboard {
namespace {

/// Requests that are nearly right, over real connections: of a server that many reach, they find
/// everything that a parser of its library or a route of ours does not expect. To be run under the
/// sanitizers too (scripts/test --sanitize dashboard).
class Malformed : public Studies {
 protected:
  static constexpr std::array<std::string_view, 16> kPaths = {
      "/",
      "/app.js",
      "/studies/ID/cells?a=search/1&b=baseline/2",
      "/api/v1/studies",
      "/api/v1/openapi.json",
      "/api/v1/studies/ID",
      "/api/v1/studies/ID/curve?along=trials&points=100",
      "/api/v1/studies/ID/curve?along=core_hours&points=7",
      "/api/v1/studies/ID/best?arm=search&count=12",
      "/api/v1/studies/ID/trials?arm=baseline&first=2&count=3",
      "/api/v1/studies/ID/trials/search/1",
      "/api/v1/studies/ID/trials/search/1/cells.svg",
      "/api/v1/studies/ID/trials/search/1/cells.svg?against=baseline/2",
      "/api/v1/compare?studies=ID,ID",
      "/api/v1/studies/ID/points?x=reward&y=core_seconds",
      "/%61pp.css?x=%zz"};
  static constexpr std::array<std::string_view, 30> kOddities = {
      "\r\n",       "\n",
      "\r",         std::string_view("\0", 1),
      "%00",        "%",
      "%2e%2e/",    "../",
      "//",         "?",
      "&",          "&&=;",
      "#",          " ",
      "\t",         ":",
      ",",          "\xff\xfe",
      "-1",         "1e999",
      "nan",        "99999999999999999999",
      "0x10",       "<img onerror=x>",
      "Host: evil", "chunked",
      "HTTP/9.9",   "bytes=0-0,-1,5-2",
      "\"",         "='; DROP TABLE trials"};
  static constexpr std::array<std::string_view, 12> kHeaders = {
      "Content-Length: 5\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: 18446744073709551616\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Range: bytes=0-3\r\n",
      "Range: bytes=9-1,-,5\r\n",
      "Cookie: nasnet_token=;;=\r\n",
      "Authorization: Bearer \xc3\r\n",
      "Accept-Encoding: gzip, br;q=x\r\n",
      "Connection: keep-alive, Upgrade\r\n",
      "Expect: 100-continue\r\n",
      "If-None-Match: \"\r\n"};

  template <class List>
  static std::string_view any(const List& list, Random& random) {
    return list[random.below(static_cast<uint32_t>(list.size()))];
  }

  static std::string request(const std::string& id, int port, Random& random) {
    std::string path(any(kPaths, random));
    for (size_t at; (at = path.find("ID")) != std::string::npos;) path.replace(at, 2, id);
    static constexpr std::array<std::string_view, 5> kMethods = {"GET", "GET", "GET", "HEAD",
                                                                 "POST"};
    std::string text = std::string(any(kMethods, random)) + " " + path +
                       " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n";
    for (uint32_t more = random.below(3); more > 0; --more) text += any(kHeaders, random);
    text += "\r\n";
    if (random.below(4) == 0) text += "5\r\nhello\r\n0\r\n\r\n";
    for (uint32_t changes = random.below(4); changes > 0; --changes) {
      const size_t at = random.below(static_cast<uint32_t>(text.size()));
      switch (random.below(5)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.insert(at, any(kOddities, random));
          break;
        case 2:
          text.erase(at, 1 + random.below(8));
          break;
        case 3:
          text.insert(at, text.substr(at / 2, random.below(200)));
          break;
        case 4:
          text.insert(at, std::string(random.below(3000), 'A'));
          break;
      }
      if (text.empty()) text = "\n";
    }
    if (random.below(10) == 0) text.resize(random.below(static_cast<uint32_t>(text.size())));
    return text;
  }

  /// The answer; the client says that no more will come from it.
  static std::string answer_to(const std::string& text, int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience = {15, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string all;
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
      ::shutdown(socket, SHUT_WR);
      char bytes[4096];
      ssize_t got = 0;
      while ((got = ::recv(socket, bytes, sizeof bytes, 0)) > 0)
        all.append(bytes, static_cast<size_t>(got));
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        ADD_FAILURE() << "no end of the answer to\n" << text << "\nafter\n" << all;
      }
    }
    ::close(socket);
    return all;
  }

  /// An answer is one of HTTP, and one of ours has the headers that guard the page.
  static void expect_guarded(const std::string& answer, const std::string& request) {
    if (answer.empty()) return;
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 ")) << request << "\n" << answer;
    if (answer.starts_with("HTTP/1.1 100")) return;
    EXPECT_NE(answer.find("X-Content-Type-Options: nosniff"), std::string::npos) << request << "\n"
                                                                                 << answer;
    EXPECT_FALSE(answer.starts_with("HTTP/1.1 500")) << request << "\n" << answer;
  }

  void send_for(double seconds) {
    search(settings(6), true);
    Catalog catalog(url().empty() ? Places{{folder_.string()}, ""} : Places{{}, url()});
    const Server server(catalog, {.port = 0});
    httplib::Client client("127.0.0.1", server.port());
    const auto list = client.Get("/api/v1/studies");
    ASSERT_TRUE(list);
    const std::string id = nlohmann::json::parse(list->body).at("studies").at(0).at("id");
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::atomic<int64_t> sent = 0;
    {
      std::vector<std::jthread> clients;
      for (uint64_t thread = 0; thread < 4; ++thread)
        clients.emplace_back([&, thread] {
          Random random(7, thread, "malformed");
          while (std::chrono::steady_clock::now() < end && !HasFailure()) {
            const std::string text = request(id, server.port(), random);
            expect_guarded(answer_to(text, server.port()), text);
            ++sent;
          }
        });
    }
    const auto after = client.Get("/api/v1/studies/" + id);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->status, 200);
    EXPECT_EQ(search::open_store(url(), study("cells"), search::OpenMode::kRead)
                  ->trials(search::kSearchArm)
                  .size(),
              10u);
    std::printf("%lld requests\n", static_cast<long long>(sent));
  }
};
NASNET_ON_BOTH_STORES(Malformed);

TEST_P(Malformed, RequestsHarmNothing) {
  send_for(2);
}

class SlowMalformed : public Malformed {};
INSTANTIATE_TEST_SUITE_P(, SlowMalformed, testing::Values("Sqlite"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(SlowMalformed, RequestsHarmNothingForAMinute) {
  send_for(60);
}

}  // namespace
}  // namespace nasnet::dashboard
