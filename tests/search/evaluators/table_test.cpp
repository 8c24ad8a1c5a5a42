#include "nasnet/search/evaluators/table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/table_run.h"
#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

const std::string kShared = NASNET_SOURCE_DIR "/../shared/data/nasbench201.csv.zst";
#define NEED_TABLE() \
  if (!std::filesystem::exists(kShared)) GTEST_SKIP() << "../shared/data is not there"

constexpr const char* kHeader =
    "arch,params,mflops,c10v_valid,c10v_valid_e12,c10_test,c10_test_e12,c100_test,in16_test\n";
constexpr const char* kArch = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|";
const space::Choices kChoices = {0, 0, 0, 1, 0, 0};
const std::string kRow = std::string(kArch) + ",1000,2.5,90.5,80.25,91,81,70,40\n";

class TableTest : public WithFolder {
 protected:
  std::string write(const std::string& text) {
    write_file(file("table.csv"), text);
    return file("table.csv");
  }
  std::string error(const std::string& text) {
    const std::string file = write(text);
    try {
      const Table table(file);
    } catch (const InputError& error) {
      const std::string what = error.what();
      EXPECT_EQ(what.find('\n'), std::string::npos);
      EXPECT_EQ(what.rfind(file, 0), 0u) << what;
      return what.substr(file.size());
    }
    return "";
  }
};

TEST_F(TableTest, LooksUpByColumnAndByEpochs) {
  const auto table = std::make_shared<const Table>(write(kHeader + kRow));
  EXPECT_EQ(table->size(), 1u);
  TableEvaluator full(table, {}), brief(table, {.reward = TableReward::kShort});
  Task task;
  task.choices = kChoices;
  EXPECT_DOUBLE_EQ(full.evaluate(task, {}).at(kAccuracy), 0.905);
  EXPECT_DOUBLE_EQ(brief.evaluate(task, {}).at(kAccuracy), 0.8025);
  const auto measurements = full.evaluate(task, {});
  EXPECT_EQ(measurements.at("epochs"), 200);
  EXPECT_DOUBLE_EQ(measurements.at("test_accuracy"), 0.91);
  EXPECT_EQ(measurements.at("parameters"), 1000);
  EXPECT_EQ(measurements.at("mflops"), 2.5);
  for (auto* evaluator : {&full, &brief}) {
    for (const int64_t epochs : {1, 12}) {
      task.epochs = epochs;
      EXPECT_DOUBLE_EQ(evaluator->evaluate(task, {}).at(kAccuracy), 0.8025);
      EXPECT_EQ(evaluator->evaluate(task, {}).at("epochs"), 12);
    }
    for (const int64_t epochs : {13, 200, 1000}) {
      task.epochs = epochs;
      EXPECT_DOUBLE_EQ(evaluator->evaluate(task, {}).at(kAccuracy), 0.905);
    }
  }
  // A training of its own length, as those at a study's end.
  task.epochs = 0;
  task.schedule = 800;
  EXPECT_DOUBLE_EQ(brief.evaluate(task, {}).at(kAccuracy), 0.905);
}

TEST_F(TableTest, HasTheAccuraciesOfThreeDataSets) {
  const auto accuracy = [&](const std::string& file, TableReward reward, int64_t epochs = 0) {
    TableEvaluator evaluator(std::make_shared<const Table>(file), {.reward = reward});
    Task task;
    task.choices = kChoices;
    task.epochs = epochs;
    return evaluator.evaluate(task, {}).at(kAccuracy);
  };
  const std::string without = write(kHeader + kRow);
  EXPECT_DOUBLE_EQ(accuracy(without, TableReward::kCifar100), 0.7);
  EXPECT_DOUBLE_EQ(accuracy(without, TableReward::kImagenet16), 0.4);
  for (const TableReward reward : {TableReward::kCifar100Short, TableReward::kImagenet16Short}) {
    const std::string message = message_of<InputError>([&] { accuracy(without, reward); });
    EXPECT_EQ(message, without + " has no column '" + to_text(reward) +
                           "', by which a training of 12 epochs is judged");
  }
  std::string header = kHeader, row = kRow;
  header.insert(header.size() - 1, ",c100_valid_e12,in16_valid_e12");
  row.insert(row.size() - 1, ",51.5,21.25");
  const std::string with = write(header + row);
  EXPECT_DOUBLE_EQ(accuracy(with, TableReward::kCifar100Short), 0.515);
  EXPECT_DOUBLE_EQ(accuracy(with, TableReward::kImagenet16Short), 0.2125);
  EXPECT_DOUBLE_EQ(accuracy(with, TableReward::kCifar100, 12), 0.515);
  EXPECT_DOUBLE_EQ(accuracy(with, TableReward::kImagenet16Short, 200), 0.4);
  const auto table = std::make_shared<const Table>(with);
  EXPECT_DOUBLE_EQ(
      TableEvaluator(table, {.reward = TableReward::kImagenet16}).worthless().at(kAccuracy),
      1.0 / 120);
}

TEST_F(TableTest, MeasuresWhatItNames) {
  TableEvaluator evaluator(std::make_shared<const Table>(write(kHeader + kRow)), {});
  Task task;
  task.choices = kChoices;
  std::vector<std::string> names = evaluator.measurements(), measured;
  for (const auto& [name, value] : evaluator.evaluate(task, {})) measured.push_back(name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, measured);
}

TEST_F(TableTest, AMissingRowFailsThatTrialAlone) {
  const std::string file = write(kHeader + kRow);
  TableEvaluator evaluator(std::make_shared<const Table>(file), {});
  Task task;
  task.choices = {0, 0, 0, 3, 0, 0};
  try {
    evaluator.evaluate(task, {});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              file + " has no row for |none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|");
  }
  task.choices = kChoices;
  EXPECT_NO_THROW(evaluator.evaluate(task, {}));
  task.choices = {0, 0, 0, 9, 0, 0};
  EXPECT_THROW(evaluator.evaluate(task, {}), InputError);
}

TEST_F(TableTest, SaysWhatIsWrongInOneLine) {
  const std::string header = kHeader;
  EXPECT_EQ(error(""), " is empty");
  EXPECT_EQ(error("arch,params\n").substr(0, 38), " has no column 'c10v_valid'; its first");
  EXPECT_EQ(error(header + kRow + "a,b\n"), ", row 2 has 2 fields, the first line names 9");
  EXPECT_EQ(error(header + kRow + kRow), std::string(", row 2: ") + kArch + " is there twice");
  EXPECT_EQ(error(header + "|x~0|" + kRow.substr(kRow.find(','))).substr(0, 37),
            ", row 1: '|x~0|' is no cell of NAS-Be");
  for (const char* bad : {"", "x", "nan", "inf", "-1", "100.5", "9 0", "90.5%"}) {
    const std::string row = std::string(kArch) + ",1000,2.5," + bad + ",80.25,91,81,70,40\n";
    EXPECT_EQ(error(header + row), std::string(", row 1: c10v_valid is '") + bad +
                                       "'; it must be a number of percent, 0 to 100");
  }
  EXPECT_THROW(Table(file("none.csv")), SystemError);
}

TEST_F(TableTest, ReadsTheWholeTablePackedOrNot) {
  NEED_TABLE();
  const auto table = std::make_shared<const Table>(kShared);
  EXPECT_EQ(table->size(), 15625u);
  EXPECT_EQ(table->digest(), "2ec6bde590d9dfac9b8d6adb38840cb7611311a404e249612a23e4c937be3e37");
  EXPECT_EQ(Table(write(read_unpacked(kShared))).digest(), table->digest());
  // The six digits of `ops` say again which operations the arch string names.
  const space::Nasbench201Space space;
  const auto lines = lines_of(read_unpacked(kShared));
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t first = lines[i].find(',') + 1, second = lines[i].find(',', first);
    space::Choices digits;
    for (size_t k = second + 1; lines[i][k] != ','; ++k) digits.push_back(lines[i][k] - '0');
    ASSERT_EQ(space.parse(lines[i].substr(first, second - first)), digits);
  }
  TableEvaluator evaluator(table, {});
  Task best;
  best.choices = space.parse(lines[1 + 6111].substr(5, lines[1 + 6111].find(',', 5) - 5));
  const auto evaluation = evaluator.evaluate(best, {});
  EXPECT_NEAR(evaluation.at(kAccuracy), 0.9161, 5e-5);
  EXPECT_NEAR(evaluation.at("test_accuracy"), 0.9437, 5e-5);
}

TEST_F(TableTest, RefusesATruncatedOrDamagedPackedTable) {
  NEED_TABLE();
  const std::string packed = read_file(kShared);
  for (const size_t size : {packed.size() / 2, packed.size() - 1, size_t{20}})
    EXPECT_NE(error(packed.substr(0, size)), "") << size;
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x55);
  EXPECT_NE(error(damaged), "");
}

struct Found {
  double mean = 0, ci95 = 0;
};

Found run_seeds(StrategyKind kind, TableReward reward, int evaluations, int seeds, int lag = 0) {
  static const auto table = std::make_shared<const Table>(kShared);
  static const space::Nasbench201Space space;
  TableEvaluator evaluator(table, {.reward = reward});
  std::vector<double> found;
  for (int seed = 0; seed < seeds; ++seed) {
    const auto strategy =
        make_strategy(kind, space, StrategySettings{}, static_cast<uint64_t>(seed));
    found.push_back(run_on_table(*strategy, evaluator, {evaluations}, 10, lag)[0]);
  }
  Found result;
  for (const double value : found) result.mean += value / seeds;
  double squares = 0;
  for (const double value : found) squares += (value - result.mean) * (value - result.mean);
  result.ci95 = 1.96 * std::sqrt(squares / (seeds - 1) / seeds);
  return result;
}

TEST(SlowTableSearch, StrategiesFindWhatTheyPromise) {
  NEED_TABLE();
  EXPECT_GE(run_seeds(StrategyKind::kEvolution, TableReward::kLong, 300, 500).mean, 94.33);
  EXPECT_GE(run_seeds(StrategyKind::kPpo, TableReward::kLong, 300, 100).mean, 94.15);
  EXPECT_GE(run_seeds(StrategyKind::kBananas, TableReward::kLong, 150, 100).mean, 94.33);
}

TEST(SlowTableSearch, EveryStrategyBeatsRandomByMoreThanTheIntervals) {
  NEED_TABLE();
  for (const TableReward reward : {TableReward::kLong, TableReward::kShort}) {
    const Found random = run_seeds(StrategyKind::kRandom, reward, 300, 100);
    for (const StrategyKind kind :
         {StrategyKind::kPpo, StrategyKind::kReinforce, StrategyKind::kEvolution}) {
      for (const int lag : {0, 1}) {
        const Found found = run_seeds(kind, reward, 300, 100, lag);
        EXPECT_GT(found.mean - found.ci95, random.mean + random.ci95)
            << to_text(kind) << " on " << nasnet::to_text(reward) << ", lag " << lag;
      }
    }
  }
}

}  // namespace
}  // namespace nasnet::search
