#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/search/evaluators/child_scores.h"
#include "nasnet/search/evaluators/yardstick.h"
#include "nasnet/search/store/trial.h"
#include "nasnet/space/genotypes.h"
#include "tests/search/evaluators/children.h"

namespace nasnet::search {
namespace {

SmallChildren scored() {
  SmallChildren children;
  children.settings.training.epochs = 1;
  children.settings.scores = {"synflow", "jacov", "naswot"};
  return children;
}

TEST(ScoresOfChildren, AreMeasuredBesideTheTraining) {
  const SmallChildren children = scored();
  SmallChildren plain = scored();
  plain.settings.scores = {};
  const Measurements with = children.evaluator()->evaluate(children.task(1), {});
  const Measurements without = plain.evaluator()->evaluate(children.task(1), {});
  EXPECT_EQ(with.size(), without.size() + 3);
  for (const auto& [name, value] : without) EXPECT_EQ(with.at(name), value) << name;
  for (const std::string& name : children.settings.scores) EXPECT_TRUE(with.contains(name)) << name;
  std::vector<std::string> names = children.evaluator()->measurements(), measured;
  for (const auto& [name, value] : with) measured.push_back(name);
  std::ranges::sort(names);
  EXPECT_EQ(names, measured);
}

/// Another trial of the same cells, in another arm, of another worker, after other candidates.
TEST(ScoresOfChildren, AreThoseOfTheCandidate) {
  const SmallChildren children = scored();
  const auto one = children.evaluator(), other = children.evaluator();
  const Measurements first = one->evaluate(children.task(1), {});
  other->evaluate(children.task(2), {});
  Task again = children.task(1);
  again.number = 40;
  again.arm = "random";
  const Measurements second = other->evaluate(again, {});
  const Measurements unlike = one->evaluate(children.task(2), {});
  for (const std::string& name : children.settings.scores) {
    EXPECT_EQ(first.at(name), second.at(name)) << name;
    EXPECT_NE(first.at(name), unlike.at(name)) << name;
  }
  EXPECT_NE(first.at("train_loss"), second.at("train_loss"));
}

TEST(ScoresOfChildren, AreMeasuredOfYardsticks) {
  const SmallChildren children = scored();
  Task task = children.task(1);
  task.arm = kYardstickArm;
  task.choices = yardstick_choices(space::named_genotype("nasnet-a"));
  EXPECT_TRUE(children.evaluator()->evaluate(task, {}).contains("jacov"));
}

TEST(ScoresOfChildren, RefuseNamesThatAreNone) {
  EXPECT_THROW(parse_scores({"jacob"}), InputError);
  EXPECT_THROW(parse_scores({"jacov,jacov"}), InputError);
  EXPECT_EQ(parse_scores({"synflow,jacov", "naswot"}).size(), 3u);
  SmallChildren children = scored();
  children.settings.scores = {"grasp"};
  EXPECT_THROW(children.evaluator(), InputError);
}

}  // namespace
}  // namespace nasnet::search
