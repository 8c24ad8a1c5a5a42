#pragma once

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

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

  explicit PostgresServer(int connections = 100) : connections_(connections) {
    // The path of a socket has at most 107 bytes.
    char folder[] = "/tmp/nasnet-pg-XXXXXX";
    folder_ = ::mkdtemp(folder);
    const passwd* user = ::getpwnam("postgres");
    if (::getuid() == 0 && (!user || ::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0))
      throw std::runtime_error("cannot give " + folder_ + " to the user postgres");
    run(programs() + "/initdb -D " + folder_ + "/data -A trust -U nasnet --no-sync -E UTF8 " +
        "--locale=C.UTF-8");
    start();
    run(programs() + "/createdb -h " + folder_ + " -U nasnet nasnet");
  }
  ~PostgresServer() {
    try_to_run(control() + " -m immediate stop");
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  PostgresServer(const PostgresServer&) = delete;

  std::string url() const { return "postgresql://nasnet@/nasnet?host=" + folder_; }

  void start() {
    run(control() + " -w -l " + folder_ + "/log -o \"-k " + folder_ +
        " -c listen_addresses='' -c max_connections=" + std::to_string(connections_) + "\" start");
  }
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
  std::string control() const { return programs() + "/pg_ctl -D " + folder_ + "/data"; }
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

  std::string folder_;
  int connections_;
};

/// The server that tests share; null where PostgreSQL is not installed.
inline PostgresServer* shared_postgres() {
  static const std::unique_ptr<PostgresServer> server =
      PostgresServer::programs().empty() ? nullptr : std::make_unique<PostgresServer>();
  return server.get();
}

}  // namespace nasnet::search
