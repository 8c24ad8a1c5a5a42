#include <chrono>
#include <thread>

#include "tests/cli/program.h"
#include "tests/search/store/postgres_server.h"
#include "tests/search/study/slurm_cluster.h"

namespace nasnet::test {
namespace {

using nlohmann::json;
using search::PostgresServer;
using search::SlurmCluster;

/// Three tasks of a step, on three nodes, are one training with the weights of one process.
TEST(SlowSlurmProgram, TrainsAsTasksOfAStepWhatOneProcessTrains) {
  if (!SlurmCluster::is_installed())
    GTEST_SKIP() << "Slurm or munge is not installed (scripts/deps --test)";
  Folder folder;
  write_colour_classes(folder / "data", 12);
  const auto command = [&](const std::string& model, std::vector<std::string> words) {
    for (const char* word :
         {"train", "nasnet-a", "--data", "data", "--cells", "1", "--filters", "4", "--batch", "4",
          "--replicas", "4", "--epochs", "4", "--json", "--out"})
      words.emplace_back(word);
    words.push_back(model);
    return words;
  };
  EXPECT_EQ(nasnet(command("alone", {}), folder.path()).status, 0);
  SlurmCluster cluster(3);
  const Outcome tasks = Process(command("tasks", {"srun", "-n", "3", "-N", "3", nasnet_path()}),
                                folder.path(), {{"MASTER_ADDR", "127.0.0.1"}})
                            .wait();
  EXPECT_EQ(tasks.status, 0) << tasks.err;
  EXPECT_EQ(last_json(tasks).at("epochs"), 4) << "one task reports";
  EXPECT_EQ(read_text(folder / "tasks/weights-00000008.safetensors"),
            read_text(folder / "alone/weights-00000008.safetensors"));
}

/// The program itself as the driver, and as the jobs of a real Slurm of three nodes.
TEST(SlowSlurmProgram, SearchesOnAClusterAsOnOneMachine) {
  if (!SlurmCluster::is_installed())
    GTEST_SKIP() << "Slurm or munge is not installed (scripts/deps --test)";
  if (PostgresServer::programs().empty())
    GTEST_SKIP() << "PostgreSQL is not installed (scripts/deps --test)";
  Folder folder;
  write_colour_classes(folder / "data", 60);
  const std::vector<std::string> search = {"search",
                                           "--json",
                                           "--data",
                                           "data",
                                           "--trials",
                                           "12",
                                           "--generation",
                                           "4",
                                           "--minibatch",
                                           "4",
                                           "--epochs",
                                           "60",
                                           "--validation-images",
                                           "60",
                                           "--filters",
                                           "4",
                                           "--blocks",
                                           "2",
                                           "--seeds",
                                           "1",
                                           "--retrain",
                                           "1",
                                           "--lease",
                                           "15"};
  const auto findings = [](const Outcome& outcome) {
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const json object = last_json(outcome);
    json result;
    for (const char* part : {"trials", "baseline", "retrain"})
      for (const json& trial : object.at(part))
        result[part].push_back({trial.at("state"), trial.at("reward"), trial.at("genotype")});
    return result;
  };
  std::vector<std::string> here = search;
  here.insert(here.end(), {"--study", "here.db"});
  const json expected = findings(nasnet(here, folder.path()));
  EXPECT_EQ(expected.at("trials").size(), 12u);

  PostgresServer server(PostgresServer::Files::kInMemory);
  SlurmCluster cluster(3);
  std::vector<std::string> there = search;
  there.insert(there.begin(), nasnet_path());
  there.insert(there.end(), {"--store", server.url(), "--study", "there", "--launch", "slurm",
                             "--jobs", "2", "--slurm-time", "10"});
  Process driver(there, folder.path());
  const auto nodes = [] { return SlurmCluster::run({"squeue", "-h", "-t", "R", "-o", "%N"}); };
  for (int k = 0; k < 300 && nodes().empty() && driver.running(); ++k)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const std::string node = nodes();
  ASSERT_TRUE(node.starts_with("node")) << node;
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_TRUE(driver.running()) << "nothing was left to disturb";
  cluster.kill_node(node[4] - '0');
  EXPECT_EQ(findings(driver.wait(240)), expected);
}

}  // namespace
}  // namespace nasnet::test
