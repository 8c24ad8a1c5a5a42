#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/network/backend.h"
#include "nasnet/search/evaluators/child.h"
#include "nasnet/search/evaluators/child_checkpoints.h"
#include "tests/search/evaluators/children.h"

namespace nasnet::search {

TestFolder::TestFolder()
    : path_(std::filesystem::temp_directory_path() /
            ("nasnet-child-" + std::to_string(getpid()) + "-" +
             testing::UnitTest::GetInstance()->current_test_info()->name())) {
  std::filesystem::remove_all(path_);
}

namespace {

namespace fs = std::filesystem;

class Rungs : public testing::Test {
 protected:
  /// Evaluates, and counts the images that it took.
  Measurements evaluate(const Task& task) {
    images_ = 0;
    return children_.evaluator()->evaluate(task, [&](int64_t more) { images_ += more; });
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_.path(), ignored))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  SmallChildren children_;
  TestFolder folder_;
  int64_t images_ = 0;
};

TEST_F(Rungs, AChildMeasuresWhatItsEvaluatorNames) {
  std::vector<std::string> names = children_.evaluator()->measurements(), measured;
  for (const auto& [name, value] : evaluate(children_.task(0))) measured.push_back(name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, measured);
}

TEST_F(Rungs, ALearningCurveHasEveryEpochWhereverItWasTrained) {
  children_.settings.checkpoints = folder_.path();
  const auto evaluator = children_.evaluator();
  EXPECT_TRUE(evaluator->learning_curve().empty());
  evaluator->evaluate(children_.task(0, 1), {});
  EXPECT_EQ(evaluator->learning_curve().size(), 1u);
  const Measurements measured = evaluator->evaluate(children_.task(0), {});
  const std::vector<CurvePoint> curve = evaluator->learning_curve();
  ASSERT_EQ(curve.size(), 4u) << "the first one from the checkpoint";
  for (size_t i = 0; i < curve.size(); ++i) EXPECT_EQ(curve[i].epoch, static_cast<int64_t>(i) + 1);
  EXPECT_EQ(curve.back().loss, measured.at("train_loss"));
  EXPECT_EQ(curve.back().accuracy, measured.at("train_accuracy"));
  const auto another = children_.evaluator();
  another->evaluate(children_.task(0), {});
  EXPECT_EQ(another->learning_curve(), curve);
  // A task that cannot be begun has none, and not that of the one before it.
  Task broken = children_.task(0);
  broken.choices.pop_back();
  EXPECT_ANY_THROW(another->evaluate(broken, {}));
  EXPECT_TRUE(another->learning_curve().empty());
}

TEST_F(Rungs, AnEpochBudgetStopsTheScheduleEarly) {
  const Measurements whole = evaluate(children_.task(0));
  EXPECT_EQ(images_, 4 * 64);
  const Measurements early = evaluate(children_.task(0, 2));
  EXPECT_EQ(images_, 2 * 64);
  EXPECT_NE(early.at("train_loss"), whole.at("train_loss"));
  EXPECT_EQ(evaluate(children_.task(0, 4)), whole);

  // A schedule of two epochs is another training than two epochs of a schedule of four.
  Task short_one = children_.task(0);
  short_one.schedule = 2;
  const Measurements brief = evaluate(short_one);
  EXPECT_EQ(images_, 2 * 64);
  EXPECT_NE(brief.at("validation_loss"), early.at("validation_loss"));
  children_.settings.training.epochs = 2;
  EXPECT_EQ(evaluate(children_.task(0)), brief);
}

TEST_F(Rungs, GoingOnFromACheckpointChangesNothingButTheCost) {
  for (const auto kernels : {network::Kernels::kFused, network::Kernels::kReference}) {
    if (kernels == network::Kernels::kReference && !network::find_backend()) continue;
    children_.settings.training.kernels = kernels;
    children_.settings.checkpoints = "";
    const Measurements first = evaluate(children_.task(0, 1)),
                       second = evaluate(children_.task(0, 3)), whole = evaluate(children_.task(0));
    EXPECT_EQ(images_, 4 * 64);

    children_.settings.checkpoints = folder_.path().string();
    EXPECT_EQ(evaluate(children_.task(0, 1)), first);
    EXPECT_EQ(images_, 64);
    EXPECT_EQ(files(), (std::vector<std::string>{"search-000000-1.safetensors"}));
    EXPECT_EQ(evaluate(children_.task(0, 3)), second);
    EXPECT_EQ(images_, 2 * 64);
    EXPECT_EQ(files(), (std::vector<std::string>{"search-000000-3.safetensors"}));
    // An attempt that is made again has nothing to train.
    EXPECT_EQ(evaluate(children_.task(0, 3)), second);
    EXPECT_EQ(images_, 0);
    // Another trial's file is left alone.
    evaluate(children_.task(1, 1));
    EXPECT_EQ(images_, 64);
    EXPECT_EQ(evaluate(children_.task(0)), whole);
    EXPECT_EQ(images_, 64);
    EXPECT_EQ(files(), (std::vector<std::string>{"search-000001-1.safetensors"}));
    fs::remove_all(folder_.path());
  }
}

TEST_F(Rungs, FilesOfTrialsThatGoNoFurtherAreRemoved) {
  children_.settings.checkpoints = folder_.path().string();
  for (int64_t number : {0, 1, 2}) evaluate(children_.task(number, 1));
  write_file(folder_.path() / "search-notes.txt", "the user's own");
  const RungCheckpoints checkpoints(folder_.path());
  checkpoints.remove_trials_before("searc", 3);
  checkpoints.remove_trials_before("random", 3);
  checkpoints.remove_trials_before("search", 0);
  EXPECT_EQ(files().size(), 4u);
  checkpoints.remove_trials_before("search", 2);
  EXPECT_EQ(files(), (std::vector<std::string>{"search-000002-1.safetensors", "search-notes.txt"}));
}

TEST_F(Rungs, ADamagedOrForeignCheckpointIsAsIfItWereNotThere) {
  const Measurements whole = evaluate(children_.task(0));
  children_.settings.checkpoints = folder_.path().string();
  evaluate(children_.task(0, 2));
  const fs::path file = folder_.path() / "search-000000-2.safetensors";
  const std::string good = read_file(file);

  const auto expect_trained_again = [&](const std::string& content, const char* what) {
    SCOPED_TRACE(what);
    write_file(file, content);
    EXPECT_EQ(evaluate(children_.task(0)), whole);
    EXPECT_EQ(images_, 4 * 64);
  };
  expect_trained_again("", "empty");
  expect_trained_again(good.substr(0, good.size() / 2), "cut off");
  expect_trained_again("not a file of tensors at all", "another format");
  for (size_t place = 9; place < good.size(); place += good.size() / 23) {
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 1);
    expect_trained_again(bad, "a bit flipped");
  }
  write_file(file, good);
  EXPECT_EQ(evaluate(children_.task(0)), whole);
  EXPECT_EQ(images_, 2 * 64);

  // Whole files under a name that is not theirs.
  const auto expect_foreign = [&](const Task& other, ChildSettings settings, const char* what) {
    SCOPED_TRACE(what);
    const ChildSettings own = std::exchange(children_.settings, std::move(settings));
    evaluate(other);
    children_.settings = own;
    ASSERT_EQ(files().size(), 1u);
    fs::rename(folder_.path() / files()[0], folder_.path() / "foreign");
    fs::rename(folder_.path() / "foreign", file);
    EXPECT_EQ(evaluate(children_.task(0)), whole);
    EXPECT_EQ(images_, 4 * 64);
  };
  Task other = children_.task(0, 2);
  other.seed = 2;
  expect_foreign(other, children_.settings, "another seed");
  other = children_.task(0, 2);
  other.choices = random_choices(children_.space, 5);
  expect_foreign(other, children_.settings, "other choices");
  other = children_.task(0, 2);
  other.schedule = 8;
  expect_foreign(other, children_.settings, "another schedule");
  expect_foreign(children_.task(3, 2), children_.settings, "another trial");
  expect_foreign(children_.task(0, 3), children_.settings, "other epochs");
  ChildSettings settings = children_.settings;
  settings.training.learning_rate = 0.04;
  expect_foreign(children_.task(0, 2), settings, "another learning rate");
}

TEST_F(Rungs, AFolderThatCannotBeWrittenCostsTimeOnly) {
  const Measurements early = evaluate(children_.task(0, 2)), whole = evaluate(children_.task(0));
  write_file(folder_.path(), "a file where a folder should be");
  children_.settings.checkpoints = (folder_.path() / "checkpoints").string();
  EXPECT_EQ(evaluate(children_.task(0, 2)), early);
  EXPECT_EQ(evaluate(children_.task(0)), whole);
  EXPECT_EQ(images_, 4 * 64);
}

}  // namespace
}  // namespace nasnet::search
