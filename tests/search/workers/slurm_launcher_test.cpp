#include "nasnet/search/workers/slurm_launcher.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"
#include "tests/search/temporary.h"

// Real clusters are in tests/search/study/slurm_cluster_test.cpp. Here shell scripts stand for
// Slurm's commands: each notes its words in a file and answers as the test has written down.

namespace nasnet::search {
namespace {

/// No pause but where a test asks for one.
constexpr SlurmPatience kNone{.look = 0, .at_once = 60, .pause = 0, .longest = 0, .command = 20};

class SlurmLaunchers : public WithFolder {
 protected:
  SlurmLaunchers() : path_(std::getenv("PATH")) {
    for (const char* command : {"sbatch", "squeue", "scancel"}) answer(command, "");
    answer("sbatch", "12");
    ::setenv("PATH", (folder_.string() + ":" + path_).c_str(), 1);
  }
  ~SlurmLaunchers() override { ::setenv("PATH", path_.c_str(), 1); }

  /// From now on `command` prints this; with a status that is not 0, as a complaint.
  void answer(const std::string& command, const std::string& text, int status = 0) {
    write_file(file("answer"), text);
    std::filesystem::rename(file("answer"), file(command + ".answer"));
    const std::string folder = folder_.string();
    write_file(file("script"), "#!/bin/sh\necho \"$@\" >> " + folder + "/" + command +
                                   ".calls\ncat " + folder + "/" + command + ".answer" +
                                   (status == 0 ? "" : " >&2\nexit " + std::to_string(status)) +
                                   "\n");
    std::filesystem::permissions(file("script"), std::filesystem::perms::owner_all);
    std::filesystem::rename(file("script"), file(command));
  }
  std::vector<std::string> calls(const std::string& command) const {
    const std::string name = file(command + ".calls");
    return std::filesystem::exists(name) ? lines_of(read_file(name)) : std::vector<std::string>();
  }

  std::unique_ptr<SlurmLauncher> launcher(int jobs, const SlurmPatience& patience = kNone) {
    return std::make_unique<SlurmLauncher>(*store_, SlurmSettings{.jobs = jobs},
                                           std::vector<std::string>{"/bin/nasnet", "worker"},
                                           folder_ / "slurm", patience);
  }
  /// Tends until squeue has been asked once more, and its answer heard.
  void look(SlurmLauncher& launcher) const {
    const size_t asked = calls("squeue").size();
    while (calls("squeue").size() < asked + 2) {
      launcher.tend();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  std::string stored_name() const {
    return nlohmann::json::parse(store_->note("slurm")).at("name");
  }

  const std::string path_;
  const std::unique_ptr<Store> store_ = open_store("", file("my study.db"), OpenMode::kDrive);
};

TEST_F(SlurmLaunchers, SubmitAnArrayOfTheJobsThatAreMissing) {
  const auto jobs = launcher(3);
  look(*jobs);
  EXPECT_TRUE(stored_name().starts_with("nasnet-my_study-")) << stored_name();
  const auto submitted = calls("sbatch");
  ASSERT_FALSE(submitted.empty());
  const std::string folder = (folder_ / "slurm").string();
  EXPECT_EQ(submitted[0], "--parsable --job-name=" + stored_name() + " --array=0-2 --output=" +
                              folder + "/logs/%A_%a.log " + folder + "/slurm-worker.sh");
  EXPECT_NE(read_file(folder + "/slurm-worker.sh").find("/bin/nasnet"), std::string::npos);
  EXPECT_EQ(calls("squeue")[0],
            "--me --noheader --array --states=all --name=" + stored_name() + " -o %i|%T|%M|%r|%N");
}

TEST_F(SlurmLaunchers, TellTheStatesOfTheirJobsAndSubmitNoMoreWhileTheyLive) {
  answer("squeue",
         "12_0|RUNNING|5:00|None|a\n12_1|PENDING|0:00|Resources|\n12_2|PENDING|0:00|Priority|\n");
  const auto jobs = launcher(3);
  look(*jobs);
  EXPECT_EQ(jobs->status(), "1 of 3 jobs run, 2 wait (Priority, Resources)");
  EXPECT_TRUE(calls("sbatch").empty()) << "an earlier driver's are taken over";
}

TEST_F(SlurmLaunchers, SubmitNoMoreThanTheTrialsThatAreLeft) {
  const auto jobs = launcher(100);
  jobs->expect(2);
  answer("squeue", "11_0|RUNNING|5:00|None|a\n");
  look(*jobs);
  ASSERT_FALSE(calls("sbatch").empty());
  EXPECT_NE(calls("sbatch")[0].find("--array=0-0 "), std::string::npos) << calls("sbatch")[0];
}

TEST_F(SlurmLaunchers, EndTheirJobsByName) {
  {
    const auto idle = launcher(1);
    idle->stop();
    EXPECT_TRUE(calls("scancel").empty()) << "it has not tended any";
  }
  const auto jobs = launcher(1);
  look(*jobs);
  jobs->stop();
  EXPECT_EQ(calls("scancel"), (std::vector<std::string>{"--name=" + stored_name()}));
  answer("scancel", "no permission\n", 1);
  EXPECT_EQ(message_of<SystemError>([&] { jobs->stop(); }),
            "Slurm did not end the jobs: no permission; end them with 'scancel --name=" +
                stored_name() + "'");
}

TEST_F(SlurmLaunchers, GiveUpOnJobsThatDieAtOnceWithTheLastWordsOfTheirLog) {
  SlurmPatience patience = kNone;
  patience.rounds = 2;
  const auto jobs = launcher(1, patience);
  std::filesystem::create_directories(folder_ / "slurm" / "logs");
  write_file(folder_ / "slurm" / "logs" / "12_0.log", "starting\nno such library\n");
  answer("squeue", "12_0|FAILED|0:07|NonZeroExitCode|node2\n");
  EXPECT_EQ(message_of([&] {
              for (;;) look(*jobs);
            }),
            "Slurm's jobs end at once, 2 times one after another; the last one, 12_0 on node2, "
            "ended after 7 s: FAILED (NonZeroExitCode); its log " +
                (folder_ / "slurm" / "logs" / "12_0.log").string() + " ends: no such library");
}

TEST_F(SlurmLaunchers, TellARefusalOfSbatchAtOnce) {
  const auto jobs = launcher(1);
  answer("sbatch", "sbatch: error: invalid partition specified: x\n", 1);
  EXPECT_EQ(message_of<InputError>([&] {
              for (;;) look(*jobs);
            }),
            "Slurm refuses the jobs: sbatch: error: invalid partition specified: x");
  answer("sbatch", "Submitted\n");
  EXPECT_EQ(message_of([&] {
              for (;;) look(*jobs);
            }),
            "sbatch has answered \"Submitted\" and not with a job's number");
}

TEST_F(SlurmLaunchers, StopWhereSbatchGivesTheNumberOfALivingJobOnceMore) {
  answer("squeue", "12_0|RUNNING|5:00|None|a\n");
  const auto jobs = launcher(2);
  EXPECT_EQ(message_of([&] { look(*jobs); }),
            "sbatch has answered with the number of job 12_0, which has not ended; is the sbatch "
            "in PATH Slurm's own?");
  EXPECT_EQ(calls("sbatch").size(), 1);
}

TEST_F(SlurmLaunchers, WaitForASlurmThatHasAnsweredBeforeButNotForOneThatNeverWas) {
  const auto jobs = launcher(1);
  look(*jobs);
  answer("squeue", "slurm_load_jobs error: Unable to contact slurm controller\n", 1);
  EXPECT_NO_THROW(look(*jobs));
  const auto another = launcher(1);
  EXPECT_EQ(message_of<SystemError>([&] {
              for (;;) look(*another);
            }),
            "Slurm does not answer squeue: slurm_load_jobs error: Unable to contact slurm "
            "controller");
}

TEST_F(SlurmLaunchers, NeedSlurmsCommands) {
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_EQ(message_of<SystemError>([&] { launcher(1); }),
            "--launch slurm needs Slurm's command sbatch, which is not in PATH; run this on a "
            "machine of the cluster");
}

}  // namespace
}  // namespace nasnet::search
