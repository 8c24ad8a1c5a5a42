#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/program.h"
#include "nasnet/search/workers/slurm_queue.h"
#include "nasnet/search/workers/slurm_script.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

using Slurm = WithFolder;

TEST_F(Slurm, TheScriptRunsTheCommandWhateverIsInItsWords) {
  const std::vector<std::string> words = {"/usr/bin/printf", "%s|", "two words", "it's", "$(date)",
                                          "`date`; rm x",    "\"",  "a\nb",      "",     "\\@&*"};
  const std::string script = fill_template(slurm_template(), words, "the template");
  write_file(file("job.sh"), script);
  const ProgramEnd end = run_program({"bash", file("job.sh")}, 30);
  EXPECT_EQ(end.status, 0) << end.error;
  EXPECT_EQ(end.output, "two words|it's|$(date)|`date`; rm x|\"|a\nb||\\@&*|");
  for (const char* line : {"#SBATCH --requeue", "#SBATCH --open-mode=append"})
    EXPECT_NE(script.find(line), std::string::npos) << line;
}

TEST_F(Slurm, TheBuiltInTemplateIsTheFileThatPeopleRead) {
  EXPECT_EQ(slurm_template(), read_file(NASNET_SOURCE_DIR "/deploy/slurm-worker.sh"));
}

TEST_F(Slurm, TemplatesThatCannotBeUsedAreRefused) {
  EXPECT_EQ(message_of([] { fill_template("echo @COMMAND@\n", {"x"}, "my.sh"); }),
            "my.sh does not begin with #!: sbatch would refuse it; see deploy/slurm-worker.sh");
  EXPECT_EQ(message_of([] { fill_template("#!/bin/sh\n# @COMMAND@\n", {"x"}, "my.sh"); }),
            "my.sh has no line with @COMMAND@, which stands for the worker; see "
            "deploy/slurm-worker.sh");
}

TEST_F(Slurm, SettingsGoOnTheCommandLineAndOnlyThoseThatAreGiven) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(sbatch_words({}, "n", 1, "logs", "s.sh"),
            (Words{"sbatch", "--parsable", "--job-name=n", "--array=0-0", "--output=logs/%A_%a.log",
                   "s.sh"}));
  const SlurmSettings settings{8, "", "gpu;x", "gpu:1", 4, "16G", "8:00:00", "--account=a  -q b"};
  EXPECT_EQ(sbatch_words(settings, "n", 8, "100% logs", "s.sh"),
            (Words{"sbatch", "--partition=gpu;x", "--gres=gpu:1", "--cpus-per-task=4", "--mem=16G",
                   "--time=8:00:00", "--account=a", "-q", "b", "--parsable", "--job-name=n",
                   "--array=0-7", "--output=100%% logs/%A_%a.log", "s.sh"}));
}

TEST_F(Slurm, TheQueueIsReadAsSqueuePrintsIt) {
  const auto tasks = parse_queue(
      "12_0|RUNNING|1-02:03:04|None|node1\n12_1|PENDING|0:00|(null)|\n"
      "12_2|FAILED|0:07|NonZeroExitCode|node2\n12_3|COMPLETING|1:00:00|None|node3\n");
  ASSERT_EQ(tasks.size(), 4);
  EXPECT_EQ(tasks[0], (SlurmTask{"12_0", "RUNNING", "None", "node1", 93784}));
  EXPECT_TRUE(tasks[1].lives());
  EXPECT_FALSE(tasks[1].runs());
  EXPECT_FALSE(tasks[2].lives());
  EXPECT_TRUE(tasks[2].ended_itself());
  EXPECT_EQ(tasks[2].seconds, 7);
  EXPECT_TRUE(tasks[3].lives());
  // A node that could not start it: nothing happens without an administrator.
  for (const char* reason : {"launch failed requeued held", "launch_failed_requeued_held"}) {
    const auto held = parse_queue(std::string("12_4|PENDING|0:00|") + reason + "|\n");
    EXPECT_FALSE(held.at(0).lives());
    EXPECT_TRUE(held.at(0).ended_itself()) << "and its successors wait longer and longer";
  }
  EXPECT_TRUE(parse_queue("").empty());
  EXPECT_EQ(message_of([] { parse_queue("hello\n"); }), "squeue has answered \"hello\"");
}

TEST_F(Slurm, RunsProgramsWithoutAShellAndEndsThoseThatHang) {
  const ProgramEnd end =
      run_program({"bash", "-c", "echo $0; echo why >&2; exit 3", "$HOME; x"}, 30);
  EXPECT_EQ(end.status, 3);
  EXPECT_EQ(end.output, "$HOME; x\n");
  EXPECT_EQ(end.error, "why\n");
  const ProgramEnd late = run_program({"sleep", "1000"}, 0.2);
  EXPECT_FALSE(late.in_time);
  EXPECT_EQ(late.status, -1);
  EXPECT_EQ(message_of([] { run_program({"no-such-program"}, 1); }),
            "the program no-such-program is not there; install it, or add its folder to PATH");
}

TEST_F(Slurm, TheKubernetesManifestHasWhatAWorkerNeeds) {
  const std::string python = "/usr/bin/python3";
  if (find_program(python).empty() || run_program({python, "-c", "import yaml"}, 60).status != 0)
    GTEST_SKIP() << "python3-yaml is not installed (scripts/deps --test)";
  const ProgramEnd end =
      run_program({python, NASNET_SOURCE_DIR "/tests/search/workers/check_manifest.py",
                   NASNET_SOURCE_DIR "/deploy/kubernetes-worker.yaml"},
                  60);
  EXPECT_EQ(end.status, 0) << end.output << end.error;
}

}  // namespace
}  // namespace nasnet::search
