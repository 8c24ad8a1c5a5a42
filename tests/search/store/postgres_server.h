#pragma once

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace nasnet::search {

/// A PostgreSQL server of the tests' and benchmarks' own, in a folder of its own, reached by a
/// socket in it. The server refuses to run as root: then it runs as the user that its package has
/// made. Throws where a command fails.
class PostgresServer {
 public:
  /// The folder of the server's programs; "" where it is not installed.
  static std::string programs() {
    std::string newest;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored))
      if (std::filesystem::exists(entry.path() / "bin/initdb"))
        newest = std::max(newest, (entry.path() / "bin").string());
    return newest;
  }

  enum class Files { kOnDisk, kInMemory };

  explicit PostgresServer(Files files = Files::kOnDisk, int connections = 100)
      : place_(files == Files::kInMemory && has_room(kMemory) ? kMemory : "/tmp"),
        connections_(connections) {
    // The path of a socket has at most 107 bytes.
    std::string folder = place_ + "/nasnet-pg-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    const passwd* user = ::getpwnam("postgres");
    if (::getuid() == 0 && (!user || ::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0))
      throw std::runtime_error("cannot give " + folder_ + " to the user postgres");
    run("cp -R " + cluster() + " " + folder_ + "/data && chmod 700 " + folder_ + "/data");
    start();
  }
  ~PostgresServer() {
    try_to_run(control() + " -m immediate stop");
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  PostgresServer(const PostgresServer&) = delete;

  std::string url() const { return "postgresql://nasnet@/nasnet?host=" + folder_; }

  void start() { start("data"); }
  /// SIGKILL to all of the server's processes at once. It recovers when started again.
  void kill() {
    const std::string lock = folder_ + "/data/postmaster.pid";
    run("p=$(head -1 " + lock + "); kill -STOP $p; pkill -9 -P $p; kill -9 $p; rm -f " + lock +
        " " + folder_ + "/.s.PGSQL.*");
  }
  /// Stops as an administrator does, without waiting for the sessions.
  void stop() { run(control() + " -m immediate -w stop"); }
  void psql(const std::string& sql) {
    run(programs() + "/psql -h " + folder_ + " -U nasnet -d nasnet -q -c \"" + sql + "\"");
  }

 private:
  static constexpr const char* kMemory = "/dev/shm";
  static bool has_room(const char* place) {
    std::error_code ignored;
    const auto space = std::filesystem::space(place, ignored);
    return !ignored && space.available > (size_t{2} << 30) && ::access(place, W_OK) == 0;
  }
  /// A cluster with the empty database in it, made once and copied for every server: that takes a
  /// fifth of the time. Under the name of what made it, and whole once it has that name.
  std::string cluster() const {
    std::string made_by = programs();
    std::replace(made_by.begin(), made_by.end(), '/', '-');
    const std::string made = "/tmp/nasnet-pg-cluster-" + std::to_string(::getuid()) + made_by;
    if (std::filesystem::exists(made)) return made;
    const std::string fresh = folder_ + "/fresh", socket = " -h " + folder_ + " -U nasnet ";
    run(programs() + "/initdb -D " + fresh +
        " --wal-segsize=1 -A trust -U nasnet --no-sync -E UTF8 " + "--locale=C.UTF-8");
    start("fresh");
    run(programs() + "/createdb" + socket + "nasnet");
    run(control("fresh") + " -m fast -w stop");
    // Another may have been quicker.
    const std::string copy = made + "-" + std::to_string(::getpid());
    run("cp -R " + fresh + " " + copy + " && mv -T " + copy + " " + made + " || rm -r " + copy);
    return made;
  }
  std::string control(const std::string& cluster = "data") const {
    return programs() + "/pg_ctl -D " + folder_ + "/" + cluster;
  }
  void start(const std::string& cluster) const {
    const std::string command =
        control(cluster) + " -w -l " + folder_ + "/log -o \"-k " + folder_ +
        " -c listen_addresses='' -c max_connections=" + std::to_string(connections_) + "\" start";
    // Of a server that was killed, processes may be dying still, and hold the shared memory.
    for (int attempt = 0; attempt < 20; ++attempt) {
      if (try_to_run(command)) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    run(command);
  }
  void run(const std::string& command) const {
    if (!try_to_run(command)) throw std::runtime_error("failed: " + command);
  }
  bool try_to_run(const std::string& command) const {
    const std::string script = command + " >>" + folder_ + "/commands.log 2>&1";
    const pid_t child = ::fork();
    if (child == 0) {
      if (::getuid() == 0) {
        ::execlp("su", "su", "postgres", "-s", "/bin/sh", "-c", script.c_str(), nullptr);
      } else {
        ::execlp("/bin/sh", "sh", "-c", script.c_str(), nullptr);
      }
      ::_exit(127);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status == 0;
  }

  std::string place_, folder_;
  int connections_;
};

/// The server that tests share; null where PostgreSQL is not installed.
inline PostgresServer* shared_postgres() {
  static const std::unique_ptr<PostgresServer> server =
      PostgresServer::programs().empty()
          ? nullptr
          : std::make_unique<PostgresServer>(PostgresServer::Files::kInMemory);
  return server.get();
}

}  // namespace nasnet::search
