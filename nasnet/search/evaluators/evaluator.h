#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/search/evaluators/identity.h"
#include "nasnet/search/goals/counter.h"
#include "nasnet/search/goals/objective.h"
#include "nasnet/search/store/trial_trace.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// Everything an evaluation may depend on: equal tasks give equal results, whoever runs them.
struct Task {
  uint64_t seed = 0;   ///< the study's
  std::string arm;     ///< see trial.h
  int64_t number = 0;  ///< the trial's number within its arm
  space::Choices choices;
  /// To train for so many epochs of the schedule, where less than all are wanted; 0: all.
  int64_t epochs = 0;
  /// Epochs that the learning rate falls over; 0: as the study's settings say.
  int64_t schedule = 0;
  /// Of the claim: tells attempts at one trial apart. No result depends on it.
  int64_t token = 0;
};

/// Facts that an evaluator tells before it begins.
struct EvaluatorFacts {
  std::string headline;            ///< a line about what it evaluates on; may be ""
  std::vector<std::string> notes;  ///< what users should know, a sentence each
  /// Joins the report's JSON.
  nlohmann::ordered_json report = nlohmann::ordered_json::object();
};

/// Measures candidates: by a short training, by a table look-up. Knows nothing of strategies, nor
/// of the study's objective.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// `progress(images)` is called now and then with the images worked on since the last call.
  /// Throws on failure; the message becomes the trial's cause.
  virtual Measurements evaluate(const Task& task, const std::function<void(int64_t)>& progress) = 0;
  /// The epochs that the candidate of the last evaluation has been trained for, also where it
  /// failed; none where nothing is trained.
  virtual std::vector<CurvePoint> learning_curve() const { return {}; }
  /// Counts what is known of a candidate beforehand; null where nothing is. It outlives the
  /// evaluator. Its quantities are among the measurements.
  virtual std::shared_ptr<const Counter> counter() const { return nullptr; }
  /// The values that a candidate has which has learned nothing, where they are known: the accuracy
  /// of always giving the same answer.
  virtual Measurements worthless() const { return {}; }
  /// The names of all that it measures; none where only an evaluation shows them.
  virtual std::vector<std::string> measurements() const { return {}; }
  /// True if it computes on a GPU, whose time then counts (Cost::gpu_seconds).
  virtual bool on_gpu() const { return false; }
  /// All that results depend on beside settings, seed and task, and no more: a study is resumed,
  /// and joined by workers, where it is the same.
  virtual Identity identity() const { return {}; }
  /// The kind of machine that this one is, where results of other kinds differ in their last
  /// digits: "cuda", "cpu AVX2". Whoever evaluates first settles it for the study.
  virtual std::string machine() const { return ""; }
  virtual EvaluatorFacts facts() const { return {}; }
};

}  // namespace nasnet::search
