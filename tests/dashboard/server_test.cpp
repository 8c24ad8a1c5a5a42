#include "nasnet/dashboard/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "nasnet/base/file.h"
#include "nasnet/dashboard/page_files.h"
#include "tests/dashboard/studies.h"

namespace nasnet::dashboard {
namespace {

using nlohmann::json;

class Served : public Studies {
 protected:
  httplib::Result get(const Server& server, const std::string& path) {
    httplib::Client client("127.0.0.1", server.port());
    client.set_read_timeout(20, 0);
    return client.Get(path.c_str());
  }
  json object(const Server& server, const std::string& path, int status = 200) {
    const httplib::Result answer = get(server, path);
    if (!answer) throw std::runtime_error("no answer to " + path);
    EXPECT_EQ(answer->status, status) << path << ": " << answer->body;
    return json::parse(answer->body);
  }
  Places places() const {
    return url().empty() ? Places{{folder_.string()}, ""} : Places{{}, url()};
  }
};
NASNET_ON_BOTH_STORES(Served);

/// Of a client that speaks as it likes: its answer until the connection ends.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  bool send(const std::string& text) {
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) >= 0;
  }
  std::string rest() {
    std::string all;
    char bytes[4096];
    for (ssize_t got; (got = ::recv(socket_, bytes, sizeof bytes, 0)) > 0;)
      all.append(bytes, static_cast<size_t>(got));
    return all;
  }

 private:
  int socket_;
};

TEST_P(Served, StudiesAreFoundAndShown) {
  search(settings(6));
  Catalog catalog(places());
  const Server server(catalog, {.port = 0});
  std::string id;
  const json list = object(server, "/api/v1/studies");
  for (const json& study : list.at("studies"))
    if (study.at("name") == settings(6).study_file) id = study.at("id");
  ASSERT_FALSE(id.empty()) << list;
  const std::string at = "/api/v1/studies/" + id;
  EXPECT_EQ(object(server, at).at("arms")[0].at("finished"), 6);
  EXPECT_EQ(object(server, at + "/curve?along=core_hours&points=3").at("along"), "core_hours");
  EXPECT_EQ(object(server, at + "/best?count=2").at("trials").size(), 2u);
  EXPECT_EQ(object(server, at + "/trials?arm=baseline&first=4&count=9").at("trials").size(), 2u);
  EXPECT_EQ(object(server, at + "/trials/search/3").at("number"), 3);
  EXPECT_EQ(object(server, at + "/points?columns=number,reward&where=number:2:4&points=3")
                .at("arms")
                .at("search")
                .at("matching"),
            3);
  EXPECT_EQ(object(server, at + "/shares?windows=2").at("arms").at("search").size(), 2u);
  EXPECT_EQ(object(server, at + "/effects?by=decision&arm=baseline").at("by"), "decision");
  EXPECT_EQ(object(server, at + "/policy").at("generations").size(), 2u);
  EXPECT_EQ(object(server, at + "/policy?at=3").at("trials"), 0);
  EXPECT_EQ(object(server, "/api/v1/compare?studies=" + id + "&along=core_hours")
                .at("studies")[0]
                .at("id"),
            id);
  EXPECT_NE(get(server, at + "/trials/search/3/cells.svg?against=baseline/2")->body.find("<svg"),
            std::string::npos);
  const auto drawing = get(server, at + "/trials/search/3/cells.svg");
  EXPECT_EQ(drawing->get_header_value("Content-Type"), "image/svg+xml");
  for (const auto& [path, status] :
       std::vector<std::pair<std::string, int>>{{at + "/trials/search/6", 400},
                                                {at + "/trials/search/x", 400},
                                                {at + "/trials/nothing/0", 400},
                                                {at + "/curve?points=0", 400},
                                                {at + "/curve?points=99999999999999999999", 400},
                                                {at + "/curve?along=nothing", 400},
                                                {at + "/trials?count=1001", 400},
                                                {at + "/points?columns=nothing", 400},
                                                {at + "/points?columns=", 400},
                                                {at + "/points?where=reward:1", 400},
                                                {at + "/points?points=5001", 400},
                                                {at + "/shares?windows=0", 400},
                                                {at + "/policy?at=-1", 400},
                                                {at + "/effects?arm=sample", 400},
                                                {at + "/effects?by=nothing", 400},
                                                {at + "/trials/search/3/cells.svg?against=x", 400},
                                                {"/api/v1/compare", 400},
                                                {"/api/v1/compare?studies=nothing", 404},
                                                {at + "/nothing", 404},
                                                {"/api/v1/studies/nothing", 404},
                                                {"/api/v1/studies/..%2f..%2fetc%2fpasswd", 404},
                                                {"/api/v2/studies", 404},
                                                {"/api", 404},
                                                {"/../../etc/passwd.txt", 404},
                                                {"/nothing.js", 404}})
    EXPECT_TRUE(object(server, path, status).contains("error")) << path;
}

TEST_P(Served, NewsAreTold) {
  search(settings(5));
  Catalog catalog(places());
  const Server server(catalog, {.port = 0});
  httplib::Client client("127.0.0.1", server.port());
  client.set_read_timeout(20, 0);
  int told = 0;
  client.Get("/api/v1/events", [&](const char* bytes, size_t size) {
    const std::string text(bytes, size);
    if (text.find("event: news") == std::string::npos) return true;
    if (++told == 2) search(settings(10));  // the first has told that the study was found
    return told < 3;
  });
  EXPECT_EQ(told, 3);
}

TEST_P(Served, EveryAnswerIsGuarded) {
  Catalog catalog(places());
  const Server server(catalog, {.port = 0});
  for (const char* path : {"/", "/app.js", "/api/v1/studies", "/nothing.js", "/study/x"}) {
    const auto answer = get(server, path);
    ASSERT_TRUE(answer) << path;
    const std::string policy = answer->get_header_value("Content-Security-Policy");
    EXPECT_NE(policy.find("script-src 'self'"), std::string::npos) << path;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << path;
    EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff") << path;
  }
  httplib::Client client("127.0.0.1", server.port());
  EXPECT_EQ(client.Post("/api/v1/studies")->status, 405);
  EXPECT_EQ(client.Get("/", {{"Host", "evil.example"}})->status, 403);
}

TEST(LimitedServers, CutOffWhoeverIsTooSlowOrTooBig) {
  Catalog catalog({});
  const Server server(catalog, {.port = 0,
                                .limits = {.connections = 3,
                                           .request_bytes = 16 << 10,
                                           .request_seconds = 0.5,
                                           .idle_seconds = 0.5}});
  const auto served = [&] {
    httplib::Client client("127.0.0.1", server.port());
    const auto answer = client.Get("/api/v1/studies");
    return answer && answer->status == 200;
  };
  {  // a byte now and then
    RawClient slow(server.port());
    const auto begin = std::chrono::steady_clock::now();
    while (slow.send("G") && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20))
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
  }
  {  // headers without end
    RawClient big(server.port());
    big.send("GET / HTTP/1.1\r\n");
    bool open = true;
    for (int i = 0; open && i < 100000; ++i)
      open = big.send("X: " + std::string(1000, 'x') + "\r\n");
    EXPECT_FALSE(open);
  }
  {  // long paths, and what is no request
    for (const std::string& text :
         {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n\r\n", std::string("\r\n\r\n\r\n"),
          std::string("GET\r\n\r\n"), std::string(4000, '\0'),
          std::string("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")}) {
      RawClient odd(server.port());
      odd.send(text);
      odd.rest();
    }
  }
  {  // more connections than there may be
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 3; ++i) idle.push_back(std::make_unique<RawClient>(server.port()));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    RawClient more(server.port());
    EXPECT_EQ(more.rest().substr(0, 12), "HTTP/1.1 503");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(900));
  EXPECT_TRUE(served());
}

TEST(LimitedServers, PagesBeyondTheMostAreToldToAsk) {
  Catalog catalog({});
  const Server server(catalog, {.port = 0, .streams = 1});
  RawClient first(server.port());
  first.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  httplib::Client second("127.0.0.1", server.port());
  EXPECT_EQ(second.Get("/api/v1/events")->status, 503);
  EXPECT_EQ(second.Get("/api/v1/studies")->status, 200);
}

TEST(LimitedServers, APortThatIsTakenIsNamed) {
  Catalog catalog({});
  const Server first(catalog, {.port = 0});
  try {
    const Server second(catalog, {.port = first.port()});
    FAIL() << "two servers at one port";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find(std::to_string(first.port())), std::string::npos);
  }
}

/// The packed page is that of the sources: see web/README.md.
TEST(PageFiles, AreThoseOfTheSources) {
  bool has_page = false;
  for (const PageFile& file : page_files()) has_page |= file.path == "/index.html";
  EXPECT_TRUE(has_page);
  const std::string command =
      std::string(NASNET_SOURCE_DIR) + "/web/build --check > /dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0)
      << "web/dist is not what web/src makes; run web/build and commit web/dist";
}

}  // namespace
}  // namespace nasnet::dashboard
