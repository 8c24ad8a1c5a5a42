#include <map>

#include "nasnet/base/error.h"
#include "nasnet/search/study/study.h"
#include "tests/search/study/power_cut.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

using Survives = PowerCut::Survives;

constexpr Survives kSurvivals[] = {Survives::kNothing, Survives::kFirst, Survives::kSome,
                                   Survives::kAll};

/// Studies in SQLite files on a disk that loses its power.
class Power : public WithFolder {
 protected:
  std::unique_ptr<Store> open() const { return open_store("", file("s.db"), OpenMode::kDrive, 1); }
  StudyResult run() {
    ToyEvaluator evaluator(space_);
    InProcessRunner runner(evaluator, 16);
    return run_study(*open(), {space_, toy_settings(), 5, 0}, {}, {&runner, {}});
  }

  ToySpace space_{2, 4};
};

TEST_F(Power, CutAtRandomMomentsChangesNoResult) {
  StudyResult undisturbed;
  int64_t operations = 0;
  {
    PowerCut power;
    undisturbed = run();
    operations = power.operations();
  }
  Random random(11, 0, "power cuts");
  int cuts = 0;
  for (int study = 0; cuts < 400; ++study) {
    PowerCut power;
    for (;;) {
      // Every study is cut about eight times.
      power.cut_after(1 + random.below(static_cast<uint32_t>(operations / 4)));
      std::optional<StudyResult> result;
      try {
        result = run();
      } catch (const Error&) {
        ASSERT_TRUE(power.is_cut()) << "an error of its own";
      }
      const bool cut = power.is_cut();
      power.restore(kSurvivals[random.below(4)], random);
      if (!cut) {
        expect_same(undisturbed, *result);
        break;
      }
      ++cuts;
    }
    expect_same(undisturbed, run());
    if (HasFailure()) FAIL() << "study " << study << ", after " << cuts << " cuts";
  }
  std::printf("%d cuts\n", cuts);
}

/// A worker and a driver that remember what the store has told them is done.
class Remembering {
 public:
  explicit Remembering(uint64_t seed) : random_(seed, 0, "steps") {}

  /// Works until the power goes, or for some steps.
  void work(Store& driver, Store& worker, int steps) {
    driver.drive(owner("driver " + std::to_string(++drivers_)));
    for (int i = 0; i < steps; ++i) {
      switch (random_.below(4)) {
        case 0:
          propose(driver);
          break;
        case 1:
          for (Claim& claim : worker.claim(owner("worker"), 1 + random_.below(3)))
            claims_.push_back(std::move(claim));
          break;
        case 2:
          worker.beat(claims_);
          break;
        case 3:
          finish(worker);
          break;
      }
    }
  }

  /// Changes that the store reported as done are there; others happened whole or not at all.
  void check(Store& store) {
    claims_.clear();
    const ArmRecord record = store.arm(kSearchArm);
    ASSERT_GE(record.proposed, proposed_);
    ASSERT_LE(record.proposed, proposed_ + 1);
    proposed_ = record.proposed;
    EXPECT_EQ(record.strategy_state, state_of(proposed_));
    const std::vector<Trial> trials = store.trials(kSearchArm);
    ASSERT_EQ(static_cast<int64_t>(trials.size()), kGeneration * proposed_);
    for (const auto& [number, reward] : finished_) {
      const Trial& trial = trials.at(static_cast<size_t>(number));
      EXPECT_EQ(trial.state, TrialState::kDone) << number;
      EXPECT_EQ(trial.reward, reward) << number;
    }
    for (const Trial& trial : trials) {
      if (trial.state == TrialState::kDone) {
        EXPECT_EQ(trial.reward, reward_of(trial.number));
      }
    }
    // Its worker has died with the machine: the trials go back in the queue.
    for (const TrialStatus& status : store.statuses(kSearchArm, 0, INT64_MAX)) {
      if (status.state != TrialState::kRunning) continue;
      Trial trial = trials.at(static_cast<size_t>(status.number));
      trial.state = TrialState::kPending;
      EXPECT_TRUE(store.finish({{trial, status.token}}).at(0));
    }
  }
  size_t finished() const { return finished_.size(); }

 private:
  static constexpr int64_t kGeneration = 4;

  static double reward_of(int64_t number) { return 1.0 / static_cast<double>(number + 3); }
  /// Larger than a page, and than some transactions' part of the log.
  static std::string state_of(int64_t proposed) {
    return proposed == 0 ? "" : std::string(20000, static_cast<char>('a' + proposed % 26));
  }

  void propose(Store& store) {
    ArmRecord before, after;
    before.arm = after.arm = kSearchArm;
    before.proposed = proposed_;
    after.proposed = proposed_ + 1;
    after.strategy_state = state_of(after.proposed);
    std::vector<Trial> trials(kGeneration);
    for (int64_t i = 0; i < kGeneration; ++i) {
      trials[static_cast<size_t>(i)].arm = kSearchArm;
      trials[static_cast<size_t>(i)].number = kGeneration * proposed_ + i;
    }
    store.advance({before, after, {}, trials});
    ++proposed_;
  }

  void finish(Store& store) {
    if (claims_.empty()) return;
    for (Claim& claim : claims_) {
      claim.trial.state = TrialState::kDone;
      claim.trial.reward = reward_of(claim.trial.number);
    }
    const std::vector<bool> stored = store.finish(claims_);
    for (size_t i = 0; i < stored.size(); ++i) {
      EXPECT_TRUE(stored[i]);
      finished_[claims_[i].trial.number] = claims_[i].trial.reward;
    }
    claims_.clear();
  }

  Random random_;
  int drivers_ = 0;
  int64_t proposed_ = 0;
  std::vector<Claim> claims_;
  std::map<int64_t, double> finished_;
};

TEST_F(Power, WhatTheStoreHasSaidToBeDoneIsDone) {
  Random random(12, 0, "power cuts");
  int cuts = 0;
  size_t finished = 0;
  for (uint64_t study = 0; cuts < 400; ++study) {
    PowerCut power;
    Remembering memory(study);
    for (int boot = 0; boot < 8; ++boot) {
      power.cut_after(1 + random.below(boot == 0 ? 60 : 300));
      try {
        const auto driver = open(), worker = open();
        if (boot > 0) memory.check(*driver);
        memory.work(*driver, *worker, 60);
      } catch (const Error&) {
        ASSERT_TRUE(power.is_cut());
      }
      cuts += power.is_cut();
      power.restore(kSurvivals[random.below(4)], random);
    }
    memory.check(*open());
    finished += memory.finished();
    if (HasFailure()) FAIL() << "study " << study << ", after " << cuts << " cuts";
  }
  EXPECT_GT(finished, 500u);
  std::printf("%d cuts, %zu trials finished\n", cuts, finished);
}

TEST_F(Power, ADiskThatOnlySaysThatItSyncsLosesResults) {
  // The tests above would see this if the store did not sync before it reports.
  PowerCut power;
  Random random(13, 0, "power cuts");
  run();
  const int64_t proposed = open()->arm(kSearchArm).proposed;
  for (const bool lies : {false, true}) {
    if (lies) power.lie();
    {
      const auto store = open();
      ArmRecord before = store->arm(kSearchArm), after = before;
      ++after.proposed;
      store->advance({before, after, {}, {}});
      power.cut_after(1);
    }
    power.restore(Survives::kNothing, random);
    EXPECT_EQ(open()->arm(kSearchArm).proposed, proposed + 1) << lies;
  }
}

}  // namespace
}  // namespace nasnet::search
