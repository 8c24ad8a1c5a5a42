#include "nasnet/search/study/stored_study.h"
#include "nasnet/search/study/study_driver.h"
#include "nasnet/search/study/study_evaluator.h"
#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace core = nasnet::search;

class Stepped : public Searches {
 protected:
  std::unique_ptr<core::Store> open(const std::string& study, core::OpenMode mode) const {
    return core::open_store("", (folder_ / study).string(), mode);
  }
};

/// As a dashboard or a notebook may drive a study.
TEST_F(Stepped, FindsTheTrialsOfNasnetSearch) {
  ASSERT_EQ(run(search("s.db", {{"--first-rung", "1"}, {"--epochs", "3"}})).status, 0);
  const auto searched = open("s.db", core::OpenMode::kRead);
  core::StoredStudy made = core::read_stored_study(*searched);
  made.settings.data = (folder_ / "data").string();

  const auto space = core::make_space(made.settings);
  const auto evaluator =
      core::make_evaluator(made.settings, made.seed, network::DeviceChoice::kCpu);
  const auto stepped = open("stepped.db", core::OpenMode::kDrive);
  core::StudyDriver driver(*stepped, core::make_spec(made.settings, *space, made.seed));
  while (!driver.step().complete) {
    for (core::Claim& claim : stepped->claim(driver.own_crew(), 1)) {
      core::note_result(claim.trial, evaluator->evaluate(core::task_of(claim, made.seed), {}),
                        core::Objective(made.settings.study.objective));
      stepped->finish({claim});
    }
  }

  for (const char* arm : {core::kSearchArm, core::kBaselineArm}) {
    const auto expected = searched->trials(arm), found = stepped->trials(arm);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].choices, expected[i].choices) << arm << " " << i;
      EXPECT_EQ(found[i].rungs, expected[i].rungs) << arm << " " << i;
      EXPECT_EQ(found[i].reward, expected[i].reward) << arm << " " << i;
    }
  }
}

}  // namespace
}  // namespace nasnet::test
