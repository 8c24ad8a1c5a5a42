#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nasnet/base/file.h"
#include "nasnet/base/program.h"
#include "nasnet/base/random.h"

namespace nasnet::search {

/// A Slurm cluster of the tests' own: all its nodes are this machine, of one core each, and all its
/// daemons are children of this process, which end with it. It runs as root and as anybody else.
class SlurmCluster {
 public:
  static bool is_installed() {
    for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"})
      if (where(program).empty()) return false;
    return true;
  }

  explicit SlurmCluster(int nodes) {
    // The path of munge's socket has at most 107 bytes.
    char folder[] = "/tmp/nasnet-slurm-XXXXXX";
    folder_ = ::mkdtemp(folder);
    // The daemons' orphans become children of this process, which waits for them.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (const char* name : {"state", "log", "spool", "run"})
      std::filesystem::create_directory(file(name));
    write_configuration(nodes);
    ::setenv("SLURM_CONF", file("slurm.conf").c_str(), 1);
    start({where("munged"), "--foreground", "--force", "--key-file=" + file("munge.key"),
           "--socket=" + file("run/munge.sock"), "--pid-file=" + file("run/munged.pid"),
           "--log-file=" + file("log/munged.log"), "--seed-file=" + file("run/munged.seed")});
    start_controller();
    for (int node = 1; node <= nodes; ++node)
      nodes_.push_back(start({where("slurmd"), "-D", "-f", file("slurm.conf"), "-N", name(node)}));
    for (int k = 0; run({"sinfo", "-h", "-o", "%T %D"}) != fmt::format("idle {}\n", nodes); ++k) {
      if (k == 300) {
        ADD_FAILURE() << "the cluster does not start:\n" << read_file(file("log/slurmctld.log"));
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  ~SlurmCluster() {
    // Jobs first, then who would start them again, then whatever is left.
    for (int k = 0; k < 3; ++k) {
      for (const pid_t process : processes("SLURM_CONF=" + file("slurm.conf")))
        ::kill(process, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    for (const pid_t daemon : daemons_) ::kill(daemon, SIGKILL);
    for (const pid_t daemon : daemons_) ::waitpid(daemon, nullptr, 0);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {  // what the daemons left
    }
    EXPECT_TRUE(processes("SLURM_CONF=" + file("slurm.conf")).empty());
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  SlurmCluster(const SlurmCluster&) = delete;

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  static std::string name(int node) { return "node" + std::to_string(node); }

  /// Runs one of Slurm's commands; what it prints.
  static std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), {"timeout", "20"});
    return run_program(words, 30).output;
  }

  /// The node that a process runs on; 0 for none of this cluster.
  int node_of(pid_t process) const {
    for (int node = 1; node <= static_cast<int>(nodes_.size()); ++node)
      for (const pid_t there : processes_on(node))
        if (there == process) return node;
    return 0;
  }
  /// The processes of jobs on a node, parents first. (Numbers do not tell: they begin anew.)
  std::vector<pid_t> processes_on(int node) const {
    const std::vector<pid_t> all =
        processes("SLURM_CONF=" + file("slurm.conf"), "SLURMD_NODENAME=" + name(node));
    const auto depth = [&](pid_t process) {
      int steps = 0;
      while (std::find(all.begin(), all.end(), process) != all.end() && steps < 100) {
        process = parent_of(process);
        ++steps;
      }
      return steps;
    };
    std::vector<std::pair<int, pid_t>> ordered;
    for (const pid_t process : all) ordered.emplace_back(depth(process), process);
    std::sort(ordered.begin(), ordered.end());
    std::vector<pid_t> sorted;
    for (const auto& [steps, process] : ordered) sorted.push_back(process);
    return sorted;
  }

  void start_controller() {
    controller_ = start({where("slurmctld"), "-D", "-f", file("slurm.conf")});
  }
  void kill_controller() { end(controller_); }

  /// SIGKILL to a node's daemons; what they have started goes on.
  void kill_daemons(int node) {
    end(nodes_.at(static_cast<size_t>(node - 1)));
    for (const pid_t process : processes_on(node)) {
      const pid_t parent = parent_of(process);
      if (program_of(parent) != "slurmstepd") continue;
      ::kill(parent, SIGKILL);
      // Processes that are stopped before it is gone would be hung up (SIGHUP) as its orphans.
      while (parent_of(process) == parent)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  /// SIGKILL to all that runs on a node.
  void kill_node(int node) {
    const std::vector<pid_t> jobs = processes_on(node);
    kill_daemons(node);
    for (const pid_t process : jobs) ::kill(process, SIGKILL);
  }

 private:
  static std::string where(const std::string& program) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/usr/local/sbin/"})
      if (::access((folder + program).c_str(), X_OK) == 0) return folder + program;
    return find_program(program);
  }

  /// SIGKILL, and no return before the daemon takes connections no more. Its number stays its own
  /// until the destructor.
  static void end(pid_t daemon) {
    ::kill(daemon, SIGKILL);
    siginfo_t ignored;
    ::waitid(P_PID, static_cast<id_t>(daemon), &ignored, WEXITED | WNOWAIT);
  }

  pid_t start(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const std::string log = file("log/daemons.log");
    const pid_t process = ::fork();
    if (process == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      std::freopen("/dev/null", "r", stdin);
      std::freopen(log.c_str(), "a", stdout);
      std::freopen(log.c_str(), "a", stderr);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    daemons_.push_back(process);
    return process;
  }

  /// Processes with these entries in their environment.
  static std::vector<pid_t> processes(const std::string& entry, const std::string& other = "") {
    std::vector<pid_t> found;
    std::error_code ignored;
    for (const auto& folder : std::filesystem::directory_iterator("/proc", ignored)) {
      const pid_t process = std::atoi(folder.path().filename().c_str());
      if (process <= 0 || process == ::getpid()) continue;
      std::ifstream stream(folder.path() / "environ", std::ios::binary);
      const std::string all =
          std::string(1, '\0') + std::string(std::istreambuf_iterator<char>(stream), {});
      const auto has = [&](const std::string& text) {
        return text.empty() || all.find('\0' + text + '\0') != std::string::npos;
      };
      if (has(entry) && has(other)) found.push_back(process);
    }
    return found;
  }
  static pid_t parent_of(pid_t process) {
    std::ifstream stream(fmt::format("/proc/{}/status", process));
    for (std::string line; std::getline(stream, line);)
      if (line.starts_with("PPid:")) return std::atoi(line.c_str() + 5);
    return 0;
  }
  static std::string program_of(pid_t process) {
    std::ifstream stream(fmt::format("/proc/{}/comm", process));
    std::string name;
    std::getline(stream, name);
    return name;
  }

  /// Ports that nobody listens on.
  static std::vector<int> free_ports(int count) {
    std::vector<int> sockets, ports;
    for (int k = 0; k < count; ++k) {
      sockets.push_back(::socket(AF_INET, SOCK_STREAM, 0));
      sockaddr_in address{};
      address.sin_family = AF_INET;
      socklen_t size = sizeof address;
      ::bind(sockets[k], reinterpret_cast<sockaddr*>(&address), size);
      ::getsockname(sockets[k], reinterpret_cast<sockaddr*>(&address), &size);
      ports.push_back(ntohs(address.sin_port));
    }
    for (const int socket : sockets) ::close(socket);
    return ports;
  }

  void write_configuration(int nodes) {
    const std::string host = run_program({"hostname", "-s"}, 10).output;
    const std::string machine = host.substr(0, host.find('\n'));
    const std::string user = run_program({"id", "-un"}, 10).output;
    const std::vector<int> ports = free_ports(nodes + 1);
    std::string text = fmt::format(
        "ClusterName=nasnet\nSlurmctldHost={0}(127.0.0.1)\nSlurmctldPort={1}\n"
        "SlurmUser={2}SlurmdUser={2}"
        "AuthType=auth/munge\nAuthInfo=socket={3}/run/munge.sock,cred_expire=5\n"
        "CredType=cred/munge\nStateSaveLocation={3}/state\nSlurmdSpoolDir={3}/spool/%n\n"
        "SlurmctldPidFile={3}/run/slurmctld.pid\nSlurmdPidFile={3}/run/slurmd-%n.pid\n"
        "SlurmctldLogFile={3}/log/slurmctld.log\nSlurmdLogFile={3}/log/slurmd-%n.log\n"
        "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n"
        "SwitchType=switch/none\nJobAcctGatherType=jobacct_gather/none\n"
        "AccountingStorageType=accounting_storage/none\n"
        "SelectType=select/cons_tres\nSelectTypeParameters=CR_Core_Memory\nDefMemPerCPU=64\n"
        "SchedulerType=sched/backfill\nSchedulerParameters=bf_interval=2,sched_min_interval=100000,"
        "batch_sched_delay=0,sched_interval=2,defer_batch\n"
        "ReturnToService=2\nSlurmdTimeout=2\nSlurmctldTimeout=10\nInactiveLimit=0\nKillWait=5\n"
        "MinJobAge=600\nSlurmdParameters=config_overrides\n",
        machine, ports[0], user, folder_);
    for (int node = 1; node <= nodes; ++node)
      text += fmt::format(
          "NodeName={} NodeHostname={} NodeAddr=127.0.0.1 Port={} CPUs=1 "
          "RealMemory=1000 State=UNKNOWN\n",
          name(node), machine, ports[static_cast<size_t>(node)]);
    text += fmt::format(
        "PartitionName=all Nodes=node[1-{}] Default=YES MaxTime=INFINITE State=UP\n", nodes);
    write_file(file("slurm.conf"), text);
    std::string key;
    Random random(static_cast<uint64_t>(::getpid()), 0, "munge");
    for (int k = 0; k < 128; ++k) key += static_cast<char>(random.below(256));
    write_file(file("munge.key"), key);
    std::filesystem::permissions(file("munge.key"), std::filesystem::perms::owner_read |
                                                        std::filesystem::perms::owner_write);
  }

  std::string folder_;
  pid_t controller_ = 0;
  std::vector<pid_t> daemons_, nodes_;
};

}  // namespace nasnet::search
