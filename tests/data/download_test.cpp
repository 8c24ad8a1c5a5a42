#include "nasnet/data/download.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "nasnet/data/dataset.h"
#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

/// Serves one file on this machine, one request a connection; cuts the connection after `cut`
/// bytes.
class Server {
 public:
  explicit Server(std::string content) : content_(std::move(content)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket_, 8);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(socket_, SHUT_RDWR);
    ::close(socket_);
    thread_.join();
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::string last_request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }
  std::atomic<size_t> cut = SIZE_MAX;
  std::atomic<bool> ranges = true;  ///< whether it goes on in the middle of the file

 private:
  void serve() {
    for (int client; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
      char buffer[4096];
      const ssize_t size = ::recv(client, buffer, sizeof buffer, 0);
      const std::string request(buffer, static_cast<size_t>(std::max<ssize_t>(size, 0)));
      {
        const std::lock_guard lock(mutex_);
        request_ = request;
      }
      answer(client, request);
    }
  }
  void answer(int client, const std::string& request) {
    std::string head = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", body;
    if (request.find("GET /file") == 0) {
      size_t from = 0;
      const size_t range = ranges ? request.find("Range: bytes=") : std::string::npos;
      if (range != std::string::npos) from = std::stoul(request.substr(range + 13));
      body = content_.substr(from);
      head = "HTTP/1.1 " + std::string(from > 0 ? "206 Partial Content" : "200 OK") +
             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
      if (from > 0)
        head += "Content-Range: bytes " + std::to_string(from) + "-" +
                std::to_string(content_.size() - 1) + "/" + std::to_string(content_.size()) +
                "\r\n";
      head += "Connection: close\r\n\r\n";
      body = body.substr(0, cut);
    }
    const std::string all = head + body;
    ::send(client, all.data(), all.size(), MSG_NOSIGNAL);
  }

  std::string content_, request_;
  std::mutex mutex_;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

class Download : public WithFolder {
 protected:
  std::string content_ = std::string(300000, 'n') + "end";
  std::string md5_ = digest(content_, "md5");
};

TEST_F(Download, WholeFileWithItsChecksum) {
  Server server(content_);
  download_file(server.url("/file"), path("f"), md5_);
  EXPECT_EQ(read_file(path("f")), content_);
  EXPECT_FALSE(std::filesystem::exists(path("f.part")));
}

TEST_F(Download, GoesOnWhereItWasCut) {
  Server server(content_);
  server.cut = 100000;
  EXPECT_THROW(download_file(server.url("/file"), path("f"), md5_), SystemError);
  EXPECT_FALSE(std::filesystem::exists(path("f")));
  ASSERT_EQ(std::filesystem::file_size(path("f.part")), 100000u);
  server.cut = SIZE_MAX;
  download_file(server.url("/file"), path("f"), md5_);
  EXPECT_NE(server.last_request().find("Range: bytes=100000-"), std::string::npos);
  EXPECT_EQ(read_file(path("f")), content_);
}

TEST_F(Download, BeginsAnewWhereTheServerCannotGoOn) {
  Server server(content_);
  server.ranges = false;
  write({{"f.part", content_.substr(0, 1000)}});
  download_file(server.url("/file"), path("f"), md5_);
  EXPECT_EQ(read_file(path("f")), content_);
  EXPECT_FALSE(std::filesystem::exists(path("f.part")));
}

TEST_F(Download, AFullDiskIsNamedAndKeepsWhatHasCome) {
  Server server(content_);
  std::filesystem::create_symlink("/dev/full", path("f.part"));
  try {
    download_file(server.url("/file"), path("f"), md5_);
    FAIL() << "nothing was said";
  } catch (const SystemError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("f.part: No space left"), std::string::npos) << message;
    EXPECT_NE(message.find("free some space"), std::string::npos) << message;
  }
  EXPECT_FALSE(std::filesystem::exists(path("f")));
}

TEST_F(Download, WrongChecksumLeavesNothing) {
  Server server(content_ + "x");
  EXPECT_NE(refusal([&] { download_file(server.url("/file"), path("f"), md5_); }).find("MD5"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Download, ServersThatFailAreTold) {
  std::string gone;
  {
    Server server(content_);
    gone = server.url("/file");
    EXPECT_THROW(download_file(server.url("/other"), path("f"), md5_), SystemError);
  }
  EXPECT_THROW(download_file(gone, path("f"), md5_), SystemError);
  EXPECT_FALSE(std::filesystem::exists(path("f")));
  EXPECT_NE(refusal([] { download("cifar-11"); }).find("did you mean 'cifar-10'?"),
            std::string::npos);
}

}  // namespace
}  // namespace nasnet::data
