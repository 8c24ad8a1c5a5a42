#include "nasnet/train/group_sum.h"

#include <gtest/gtest.h>

#include <mutex>
#include <numeric>

#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/group_training.h"
#include "nasnet/train/trainer.h"
#include "tests/group/threads.h"
#include "tests/train/toy_data.h"

namespace nasnet::train {
namespace {

using Row = std::vector<float>;

/// Of one replica: numbers whose sums depend on their order.
Row row_of(int64_t replica, size_t values) {
  Row row(values);
  Random random(3, static_cast<uint64_t>(replica), "row");
  for (float& value : row) value = static_cast<float>(random.normal());
  return row;
}

/// The rows that wait when replicas [first, last) have been added up.
std::vector<Row> waiting(int64_t replicas, ReplicaRange own, size_t values) {
  std::vector<Row> rows;
  TreeSum sum(replicas, [&](size_t to, size_t from) {
    for (size_t i = 0; i < values; ++i) rows[to][i] += rows[from][i];
  });
  for (int64_t r = own.first; r < own.last; ++r) {
    rows.resize(sum.place());
    rows.push_back(row_of(r, values));
    sum.push_replica(r);
  }
  rows.resize(sum.nodes().size());
  return rows;
}

TEST(GroupSum, HasTheBitsOfOneProcess) {
  for (const int processes : {2, 3, 4, 5})
    group::expect_good(group::run_group(processes, [&](group::Group& group) {
      for (const int64_t replicas : {5, 6, 8, 12, 13, 32})
        for (const size_t values : {1, 7, 1000}) {
          const Row expected = waiting(replicas, {0, replicas}, values)[0];
          std::vector<Row> rows = waiting(replicas, own_replicas(replicas, &group), values);
          std::vector<std::span<float>> spans(rows.begin(), rows.end());
          sum_over_group(group, replicas, spans);
          EXPECT_EQ(rows[0], expected) << replicas << " replicas, " << processes << " processes";
          for (size_t k = 1; k < rows.size(); ++k) EXPECT_EQ(rows[k], Row(values, 0.0f));
        }
    }));
}

/// A training of several processes.
class GroupTraining : public testing::Test {
 protected:
  struct End {
    std::vector<std::vector<float>> tensors;
    TrainState state;
    bool operator==(const End&) const = default;
  };

  GroupTraining() {
    settings_.epochs = 2;
    settings_.batch = 5;
    settings_.replicas = 6;
    settings_.optimizer = Optimizer::kRmsprop;
    settings_.ema = 0.9;
    settings_.drop_path_keep = 0.7;
    settings_.clip = 1;
    settings_.cutout = 4;
  }

  End train(group::Group* group) const {
    const auto network =
        network::make_network(graph::build(space::named_genotype("nasnet-a"),
                                           {graph::StackKind::kCifar, 1, 4, 4, {12, 12, 1}, true}),
                              3);
    std::vector<int64_t> all(static_cast<size_t>(data_.train.size()));
    std::iota(all.begin(), all.end(), 0);
    Trainer trainer(*network, data_.train, all, {{0.5}, {0.25}}, settings_, 1, 1, group);
    EXPECT_TRUE(trainer.run());
    End end{{}, trainer.state()};
    const auto keep = [&](const std::vector<network::NamedTensor>& tensors) {
      for (const network::NamedTensor& one : tensors)
        end.tensors.emplace_back(one.tensor->values().begin(), one.tensor->values().end());
    };
    keep(network::named_tensors(*network));
    keep(trainer.learner().optimizer_state());
    keep(trainer.learner().average());
    return end;
  }

  TrainSettings settings_;
  data::DataSet data_ = toy_data(100, 0);
};

TEST_F(GroupTraining, HasTheBitsOfOneProcessInEveryProcess) {
  const End alone = train(nullptr);
  EXPECT_EQ(alone.state.history.size(), 2u);
  for (const int processes : {2, 3, 4, 6}) {
    std::mutex mutex;
    int same = 0;
    group::expect_good(group::run_group(processes, [&](group::Group& group) {
      const End end = train(&group);
      const std::lock_guard lock(mutex);
      same += end == alone;
    }));
    EXPECT_EQ(same, processes);
  }
}

/// 103 images among three processes: shares of other sizes.
TEST_F(GroupTraining, EvaluationHasTheBitsOfOneProcess) {
  const data::DataSet data = toy_data(103, 0);
  const auto measure = [&](group::Group* group) {
    const auto network =
        network::make_network(graph::build(space::named_genotype("nasnet-a"),
                                           {graph::StackKind::kCifar, 1, 4, 4, {12, 12, 1}, false}),
                              3);
    std::vector<int64_t> all(static_cast<size_t>(data.train.size()));
    std::iota(all.begin(), all.end(), 0);
    return accuracy_of_all(
        group, evaluate(*network, data.train, own_share(group, all), {{0.5}, {0.25}}, "", 10));
  };
  const Accuracy alone = measure(nullptr);
  ASSERT_EQ(alone.images, 103);
  EXPECT_GT(alone.loss(), 0);
  for (const int processes : {2, 3, 4})
    group::expect_good(group::run_group(processes, [&](group::Group& group) {
      const Accuracy together = measure(&group);
      EXPECT_EQ(together.correct, alone.correct);
      EXPECT_EQ(together.images, alone.images);
      EXPECT_EQ(together.losses, alone.losses);
      EXPECT_EQ(together.confusion, alone.confusion);
    }));
}

TEST_F(GroupTraining, ALossThatIsNotANumberEndsAllAlike) {
  settings_.learning_rate = 1e30;
  settings_.optimizer = Optimizer::kSgd;
  settings_.clip = 0;
  std::string alone;
  try {
    train(nullptr);
  } catch (const NotANumber& error) {
    alone = error.what();
  }
  EXPECT_NE(alone.find("is not a number at step"), std::string::npos);
  for (const std::string& error : group::run_group(3, [&](group::Group& group) { train(&group); }))
    EXPECT_EQ(error, alone);
}

TEST_F(GroupTraining, MoreProcessesThanReplicasAreRefused) {
  for (const std::string& error : group::run_group(7, [&](group::Group& group) { train(&group); }))
    EXPECT_EQ(error,
              "a step is of 6 replicas, too few for 7 processes; give --replicas 7, or fewer "
              "--processes");
}

}  // namespace
}  // namespace nasnet::train
