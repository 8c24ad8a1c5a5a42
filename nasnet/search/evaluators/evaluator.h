#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// The result of evaluating one candidate.
struct Evaluation {
  double reward = 0;  ///< higher is better; NaN makes the trial a failed one
  /// Named measurements beside the reward: "validation_images", "parameters", "train_loss" ...
  std::map<std::string, double> measurements;
};

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

/// Turns a candidate into a result: a short training, a table look-up. Knows nothing of strategies.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// `progress(images)` is called now and then with the images worked on since the last call.
  /// Throws on failure; the message becomes the trial's cause.
  virtual Evaluation evaluate(const Task& task, const std::function<void(int64_t)>& progress) = 0;
  /// Whether it works on a GPU, whose time is then counted.
  virtual bool on_gpu() const { return false; }
};

}  // namespace nasnet::search
